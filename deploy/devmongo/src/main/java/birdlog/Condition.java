package birdlog;

import de.bwaldvogel.mongo.bson.Document;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;

/**
 * What a filter says of one field, as far as an index can use it.
 *
 * @param oneOf     the values that the field may have, in order; null if the filter lists none
 * @param atLeast   the lower end of its range, or null
 * @param atMost    the upper end of its range, or null
 * @param saysItAll whether the filter says nothing else of the field
 */
record Condition(List<Object> oneOf, Object atLeast, Object atMost, boolean saysItAll) {

    static final Condition NONE = new Condition(null, null, null, false);

    static Condition of(Document filter, String field) {
        if (!filter.containsKey(field)) {
            return NONE;
        }
        Object value = filter.get(field);
        if (!(value instanceof Document operators)) {
            return IndexValue.isScalar(value) ? equalTo(value, true) : NONE;
        }
        if (operators.keySet().stream().noneMatch(key -> key.startsWith("$"))) {
            return equalTo(operators, false);  // a document; the index may hold unequal ones as equal
        }
        if (operators.containsKey("$eq") && IndexValue.isScalar(operators.get("$eq"))) {
            return equalTo(operators.get("$eq"), operators.size() == 1);
        }
        if (operators.get("$in") instanceof Collection<?> values
                && values.stream().allMatch(IndexValue::isScalar)) {
            TreeSet<Object> inOrder = new TreeSet<>(IndexValue::compare);
            values.forEach(one -> inOrder.add(IndexValue.of(one)));
            return new Condition(Arrays.asList(inOrder.toArray()), null, null, operators.size() == 1);
        }
        return new Condition(null, bound(operators, "$gt", "$gte"), bound(operators, "$lt", "$lte"), false);
    }

    boolean isRange() {
        return atLeast != null || atMost != null;
    }

    private static Condition equalTo(Object value, boolean saysItAll) {
        return new Condition(Collections.singletonList(IndexValue.of(value)), null, null, saysItAll);
    }

    private static Object bound(Document operators, String... names) {
        return Arrays.stream(names)
            .map(operators::get)
            .filter(value -> value != null && IndexValue.isScalar(value))
            .map(IndexValue::of)
            .findFirst()
            .orElse(null);
    }
}
