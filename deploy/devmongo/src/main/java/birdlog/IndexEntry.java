package birdlog;

import java.util.ArrayList;
import java.util.List;

/**
 * One line of an index: the values of the indexed fields, and where the document is.
 *
 * <p>With fewer values than the index has fields it is the edge of a range: it stands before or
 * after all the entries that begin with its values.
 */
record IndexEntry(List<Object> values, int position) {

    private static final int BEFORE_ALL = -1;
    private static final int AFTER_ALL = Integer.MAX_VALUE;

    static IndexEntry before(List<Object> values) {
        return new IndexEntry(values, BEFORE_ALL);
    }

    static IndexEntry after(List<Object> values) {
        return new IndexEntry(values, AFTER_ALL);
    }

    static List<Object> append(List<Object> values, Object value) {
        List<Object> longer = new ArrayList<>(values);
        longer.add(value);
        return longer;
    }
}
