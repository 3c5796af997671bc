package birdlog;

import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.backend.Utils;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.CannotIndexParallelArraysError;
import de.bwaldvogel.mongo.exception.DuplicateKeyError;
import de.bwaldvogel.mongo.exception.MongoServerError;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * An index in order, with an entry for each document, or for each element of an array in it.
 *
 * <p>A tree set is safe here because {@link LockedBackend} lets no reader in beside a writer. The
 * collection calls {@code checkAdd} or {@code checkUpdate} on all its indexes before it changes the
 * first, and what they accept the change does not refuse; so no failure leaves indexes apart.
 */
final class OrderedIndex extends Index<Integer> {

    private final List<String> fields;
    private final List<Boolean> ascending;
    private final boolean[] isPath;
    private final boolean unique;
    private final boolean onlyIfPresent;
    private final boolean[] hasArrays;
    private final NavigableSet<IndexEntry> entries;

    static OrderedIndex unique(String name, List<IndexKey> keys, boolean sparse) {
        return new OrderedIndex(name, keys, true, sparse);
    }

    static OrderedIndex secondary(String name, List<IndexKey> keys) {
        return new OrderedIndex(name, keys, false, false);
    }

    private OrderedIndex(String name, List<IndexKey> keys, boolean unique, boolean sparse) {
        // To mongo-java-server sparse means: do not expect to hear a document's position from it.
        super(name, keys, sparse || !unique);
        this.fields = keys.stream().map(IndexKey::getKey).toList();
        this.ascending = keys.stream().map(IndexKey::isAscending).toList();
        for (String field : fields) {
            // In a filter it may mean a place in an array, which the entries here do not know.
            if (field.matches(".*\\.\\d+(\\..*)?")) {
                throw new MongoServerError(2, "BadValue", "the stand-in cannot index " + field);
            }
        }
        this.isPath = new boolean[fields.size()];
        for (int i = 0; i < isPath.length; i++) {
            isPath[i] = fields.get(i).contains(Utils.PATH_DELIMITER);
        }
        this.unique = unique;
        this.onlyIfPresent = sparse;
        this.hasArrays = new boolean[fields.size()];
        this.entries = new TreeSet<>(new EntryOrder(ascending));
    }

    List<String> fields() {
        return fields;
    }

    boolean isAscending(int field) {
        return ascending.get(field);
    }

    /** Whether this field ever was an array, which forbids to sort along it. */
    boolean hasArrays(int field) {
        return hasArrays[field];
    }

    boolean hasArrays() {
        for (boolean has : hasArrays) {
            if (has) {
                return true;
            }
        }
        return false;
    }

    NavigableSet<IndexEntry> between(IndexEntry from, IndexEntry to) {
        return entries.subSet(from, true, to, true);
    }

    boolean isInOrder(IndexEntry from, IndexEntry to) {
        return entries.comparator().compare(from, to) <= 0;
    }

    void removeEntries(Document document, int position) {
        for (List<Object> values : valuesOf(document)) {
            entries.remove(new IndexEntry(values, position));
        }
    }

    @Override
    public boolean isUnique() {
        return unique;
    }

    @Override
    public void checkAdd(Document document, MongoCollection<Integer> collection) {
        List<List<Object>> keys = valuesOf(document);
        checkIndexable(keys);
        checkFree(document, keys, null, collection);
    }

    @Override
    public void add(Document document, Integer position, MongoCollection<Integer> collection) {
        List<List<Object>> keys = valuesOf(document);
        checkFree(document, keys, position, collection);  // building an index checks all, then adds all
        for (int i = 0; i < hasArrays.length; i++) {
            hasArrays[i] |= valueOf(document, i) instanceof Collection;
        }
        for (List<Object> values : keys) {
            entries.add(new IndexEntry(values, position));
        }
    }

    @Override
    public void checkUpdate(Document before, Document after, MongoCollection<Integer> collection) {
        List<List<Object>> keys = valuesOf(after);
        if (!keys.equals(valuesOf(before))) {
            checkIndexable(keys);
            checkFree(after, keys, getPosition(before), collection);
        }
    }

    @Override
    public void updateInPlace(
            Document before, Document after, Integer position, MongoCollection<Integer> collection) {
        if (!valuesOf(after).equals(valuesOf(before))) {
            removeEntries(before, position);
            add(after, position, collection);
        }
    }

    /** The position of a stored document, from a unique index; else null. */
    @Override
    public Integer getPosition(Document document) {
        if (!unique || isExempt(document)) {
            return null;
        }
        IndexEntry first = firstWith(valuesOf(document).get(0));
        return first == null ? null : first.position();
    }

    /** Only looks it up: {@link IndexedCollection#removeDocument(Integer)} removes the entries. */
    @Override
    public Integer remove(Document document) {
        return getPosition(document);
    }

    /** Lookups are {@link Plan}'s, which can do more than mongo-java-server asks for here. */
    @Override
    public boolean canHandle(Document query) {
        return false;
    }

    @Override
    public Iterable<Integer> getPositions(Document query) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long getCount() {
        return entries.size();
    }

    @Override
    public long getDataSize() {
        return entries.size();
    }

    @Override
    public void drop() {
        entries.clear();
    }

    private static void checkIndexable(List<List<Object>> keys) {
        for (List<Object> values : keys) {
            for (Object value : values) {
                if (!IndexValue.isIndexable(value)) {
                    throw new MongoServerError(2, "BadValue", "the stand-in cannot index " + value.getClass());
                }
            }
        }
    }

    private void checkFree(
            Document document, List<List<Object>> keys, Integer ownPosition,
            MongoCollection<Integer> collection) {
        if (!unique || isExempt(document)) {
            return;
        }
        for (List<Object> values : keys) {
            IndexEntry taken = firstWith(values);
            if (taken != null && !Integer.valueOf(taken.position()).equals(ownPosition)) {
                throw new DuplicateKeyError(this, collection, getKeys(), new KeyValue(values));
            }
        }
    }

    private IndexEntry firstWith(List<Object> values) {
        IndexEntry first = entries.ceiling(IndexEntry.before(values));
        boolean same = first != null && entries.comparator().compare(first, IndexEntry.after(values)) < 0;
        return same ? first : null;
    }

    /** A sparse unique index does not mind how many documents have none of its fields. */
    private boolean isExempt(Document document) {
        if (!onlyIfPresent) {
            return false;
        }
        for (int i = 0; i < fields.size(); i++) {
            if (!(valueOf(document, i) instanceof Missing)) {
                return false;
            }
        }
        return true;
    }

    /** The values of each entry of the document; an empty array is entered as null. */
    private List<List<Object>> valuesOf(Document document) {
        Object[] values = new Object[fields.size()];
        int array = -1;
        for (int i = 0; i < values.length; i++) {
            values[i] = valueOf(document, i);
            if (values[i] instanceof Collection) {
                if (array >= 0) {
                    throw new CannotIndexParallelArraysError(List.of(fields.get(array), fields.get(i)));
                }
                array = i;
            } else {
                values[i] = IndexValue.of(values[i]);
            }
        }
        if (array < 0) {
            return List.of(Arrays.asList(values));
        }
        Collection<?> elements = (Collection<?>) values[array];
        List<List<Object>> keys = new ArrayList<>();
        for (Object element : elements.isEmpty() ? Collections.singletonList(null) : elements) {
            Object[] key = values.clone();
            key[array] = IndexValue.of(element);
            keys.add(Arrays.asList(key));
        }
        return keys;
    }

    private Object valueOf(Document document, int field) {
        String path = fields.get(field);
        return isPath[field]
            ? Utils.getSubdocumentValueCollectionAware(document, path)
            : document.getOrMissing(path);  // the same, but without a regular expression each time
    }
}
