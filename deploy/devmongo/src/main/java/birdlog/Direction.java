package birdlog;

import de.bwaldvogel.mongo.bson.Document;

import java.util.Map;

/** Which way to read an index so that its documents come in a wanted order. */
enum Direction {
    FORWARDS, BACKWARDS, NONE;

    /**
     * @param fixed how many leading fields of the index the filter holds to one value; the sort may
     *              name them or not, it makes no difference
     */
    static Direction of(OrderedIndex index, int fixed, Document sort) {
        Direction direction = null;
        int next = fixed;
        for (Map.Entry<String, Object> wanted : sort.entrySet()) {
            int field = index.fields().indexOf(wanted.getKey());
            // A document sorts by the least or greatest element of an array, but is entered by all.
            if (field < 0 || index.hasArrays(field) || !(wanted.getValue() instanceof Number number)) {
                return NONE;
            }
            if (field < fixed) {
                continue;
            }
            Direction here = number.intValue() > 0 == index.isAscending(field) ? FORWARDS : BACKWARDS;
            if (field != next || (direction != null && direction != here)) {
                return NONE;
            }
            direction = here;
            next++;
        }
        return direction == null ? FORWARDS : direction;
    }
}
