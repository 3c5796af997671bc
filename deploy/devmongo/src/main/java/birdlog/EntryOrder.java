package birdlog;

import java.util.Comparator;
import java.util.List;

/** The order of an index: by value in each field's own direction, then by position. */
record EntryOrder(List<Boolean> ascending) implements Comparator<IndexEntry> {

    @Override
    public int compare(IndexEntry left, IndexEntry right) {
        int common = Math.min(left.values().size(), right.values().size());
        for (int i = 0; i < common; i++) {
            int order = IndexValue.compare(left.values().get(i), right.values().get(i));
            if (order != 0) {
                return ascending.get(i) ? order : -order;
            }
        }
        return Integer.compare(left.position(), right.position());
    }
}
