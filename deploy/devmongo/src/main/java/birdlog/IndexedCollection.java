package birdlog;

import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.memory.MemoryCollection;
import de.bwaldvogel.mongo.bson.Document;

import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A collection that answers from the best of its {@link OrderedIndex}es, else by scanning. */
final class IndexedCollection extends MemoryCollection {

    IndexedCollection(MongoDatabase database, String name, CollectionOptions options, CursorRegistry cursors) {
        super(database, name, options, cursors);
    }

    Stream<Document> matching(Document filter) {
        QueryResult found = queryDocuments(filter, null, 0, 0, 0, null);
        return StreamSupport.stream(found.spliterator(), false);
    }

    @Override
    protected QueryResult queryDocuments(
            Document filter, Document sort, int skip, int limit, int batchSize, Document projection) {
        Optional<Plan> best = orderedIndexes()
            .flatMap(index -> Plan.of(index, filter, sort).stream())
            .max(Comparator.comparingInt(Plan::score));
        if (best.isEmpty()) {
            return matchDocuments(filter, sort, skip, limit, batchSize, projection);
        }
        Plan plan = best.get();
        return matchDocumentsFromStream(
            plan.positions().map(this::getDocument), plan.rest(), plan.isSorted() ? null : sort,
            skip, limit, batchSize, projection);
    }

    /**
     * All index entries of a document go here, where its position is known. Only the unique indexes
     * could tell the position from the document alone, and that is all their {@code remove} does.
     */
    @Override
    protected void removeDocument(Integer position) {
        Document document = getDocument(position);
        orderedIndexes().forEach(index -> index.removeEntries(document, position));
        super.removeDocument(position);
    }

    /** Would encode each document once on insert and twice on update, for a figure nobody reads. */
    @Override
    protected boolean tracksDataSize() {
        return false;
    }

    private Stream<OrderedIndex> orderedIndexes() {
        return getIndexes().stream().map(OrderedIndex.class::cast);
    }
}
