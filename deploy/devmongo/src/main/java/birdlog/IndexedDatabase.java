package birdlog;

import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.DatabaseResolver;
import de.bwaldvogel.mongo.backend.DefaultQueryMatcher;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.QueryMatcher;
import de.bwaldvogel.mongo.backend.aggregation.Aggregation;
import de.bwaldvogel.mongo.backend.memory.MemoryCollection;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.oplog.Oplog;

import io.netty.channel.Channel;

import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** A database whose collections have ordered indexes. */
final class IndexedDatabase extends MemoryDatabase {

    private static final String PRIMARY_KEY = "_id_";

    IndexedDatabase(String name, CursorRegistry cursors) {
        super(name, cursors);
    }

    @Override
    protected MemoryCollection openOrCreateCollection(String name, CollectionOptions options) {
        return new IndexedCollection(this, name, options, cursorRegistry);
    }

    @Override
    protected Index<Integer> openOrCreateUniqueIndex(
            String collection, String name, List<IndexKey> keys, boolean sparse) {
        return OrderedIndex.unique(name, keys, sparse);
    }

    @Override
    protected Index<Integer> openOrCreateSecondaryIndex(
            String collection, String name, List<IndexKey> keys, boolean sparse) {
        return OrderedIndex.secondary(name, keys);
    }

    @Override
    public Document handleCommand(
            Channel channel, String command, Document query, DatabaseResolver resolver, Oplog oplog) {
        if (command.equals("dropIndexes")
                && resolveCollection((String) query.get(command), false) instanceof IndexedCollection collection) {
            Document reply = null;
            for (Document key : keysToDrop(query.get("index"), collection)) {
                reply = super.handleCommand(channel, command, query.clone().append("index", key), resolver, oplog);
            }
            if (reply != null) {
                return reply;
            }
        }
        if (command.equals("aggregate")
                && query.get("pipeline") instanceof List<?> pipeline
                && !pipeline.isEmpty()
                && pipeline.get(0) instanceof Document first
                && first.size() == 1
                && first.get("$match") instanceof Document filter
                && resolveCollection((String) query.get(command), false) instanceof IndexedCollection collection) {
            return aggregate(query, collection, filter, pipeline.subList(1, pipeline.size()), resolver, oplog);
        }
        Document reply = super.handleCommand(channel, command, query, resolver, oplog);
        return command.equals("listCollections") ? listed(query, reply) : reply;
    }

    /** Of each collection also its UUID, as MongoDB tells it, and only of those asked for. */
    private Document listed(Document query, Document reply) {
        Document filter = (Document) query.getOrDefault("filter", new Document());
        Document cursor = (Document) reply.get("cursor");
        QueryMatcher matcher = new DefaultQueryMatcher();
        List<Document> wanted = ((List<?>) cursor.get("firstBatch")).stream()
            .map(Document.class::cast)
            .filter(description -> matcher.matches(description, filter))
            .toList();
        for (Document description : wanted) {
            UUID uuid = resolveCollection((String) description.get("name"), true).getUuid();
            ((Document) description.get("info")).put("uuid", uuid);
        }
        cursor.put("firstBatch", wanted);
        return reply;
    }

    /**
     * An aggregation that begins with a filter, which is looked up instead of scanned for. Drivers
     * count like this, so without it every count of a listing would read the whole collection.
     */
    private Document aggregate(
            Document query, IndexedCollection collection, Document filter, List<?> stages,
            DatabaseResolver resolver, Oplog oplog) {
        Aggregation aggregation = Aggregation.fromPipeline(stages, resolver, this, collection, oplog);
        aggregation.validate(query);
        Stream<Document> matching = collection.matching(filter);
        return Reply.firstBatch(collection.getFullName(), aggregation.runStages(matching));
    }

    /**
     * The indexes meant, by their keys. When asked for all of them, or for one by its name,
     * mongo-java-server also forgets those of the same name in other collections, which then cannot
     * be dropped any more.
     */
    private static List<Document> keysToDrop(Object wanted, IndexedCollection collection) {
        return collection.getIndexes().stream()
            .filter(index -> wanted.equals(index.getName())
                || (wanted.equals("*") && !index.getName().equals(PRIMARY_KEY)))
            .map(index -> (Document) index.toIndexDescription().get("key"))
            .toList();
    }
}
