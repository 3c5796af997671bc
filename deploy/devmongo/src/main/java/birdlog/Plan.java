package birdlog;

import de.bwaldvogel.mongo.bson.Document;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How an index answers a query: which spans of it to read, and which way.
 *
 * @param rest     what of the filter the documents found still have to be held against
 * @param isSorted whether the documents come in the order that the query wants
 * @param score    the higher, the more the index narrows the search down
 */
record Plan(
        OrderedIndex index, List<Span> spans, Document rest,
        boolean isBackwards, boolean isSorted, int score) {

    /** The entries between two edges. */
    private record Span(IndexEntry from, IndexEntry to) {
    }

    /** The plan for this index, or none if it would save nothing over a scan. */
    static Optional<Plan> of(OrderedIndex index, Document filter, Document sort) {
        boolean wantsOrder = sort != null && !sort.isEmpty();
        if (wantsOrder && sort.containsKey("$natural")) {
            return Optional.empty();
        }

        List<List<Object>> prefixes = List.of(List.of());
        Condition next = Condition.NONE;
        Document rest = filter.clone();
        int fixed = 0;
        while (fixed < index.fields().size()) {
            next = Condition.of(filter, index.fields().get(fixed));
            if (next.oneOf() == null || (next.oneOf().size() > 1 && prefixes.size() > 1)) {
                break;  // two lists would multiply
            }
            prefixes = extended(prefixes, next.oneOf());
            if (next.saysItAll() && !index.hasArrays(fixed)) {
                // Met by every document in the spans; and to hold n of them against a list of n
                // values is the one part of a lookup whose cost would grow with the square.
                rest.remove(index.fields().get(fixed));
            }
            next = Condition.NONE;
            fixed++;
        }
        // Different elements of an array may meet the two ends of a range: no span holds them.
        boolean isRange = next.isRange() && !index.hasArrays(fixed);

        Direction direction = Direction.FORWARDS;
        if (wantsOrder) {
            direction = prefixes.size() > 1 ? Direction.NONE : Direction.of(index, fixed, sort);
        }
        boolean isSorted = wantsOrder && direction != Direction.NONE;
        if (fixed == 0 && !isRange && !isSorted) {
            return Optional.empty();
        }

        List<Span> spans = new ArrayList<>();
        for (List<Object> prefix : prefixes) {
            Span span = isRange ? range(index, prefix, next) : all(prefix);
            if (index.isInOrder(span.from, span.to)) {  // a filter can ask for more than 5 and less than 3
                spans.add(span);
            }
        }
        int score = 4 * fixed + (isRange ? 2 : 0) + (isSorted ? 1 : 0);
        return Optional.of(
            new Plan(index, spans, rest, direction == Direction.BACKWARDS, isSorted, score));
    }

    Stream<Integer> positions() {
        Stream<Integer> positions = spans.stream().flatMap(this::positions);
        // A document with an array has many entries, and more than one of them can be in the spans.
        return index.hasArrays() ? positions.distinct() : positions;
    }

    private Stream<Integer> positions(Span span) {
        NavigableSet<IndexEntry> entries = index.between(span.from, span.to);
        return (isBackwards ? entries.descendingSet() : entries).stream().map(IndexEntry::position);
    }

    private static List<List<Object>> extended(List<List<Object>> prefixes, List<Object> values) {
        List<List<Object>> longer = new ArrayList<>();
        for (List<Object> prefix : prefixes) {
            values.forEach(value -> longer.add(IndexEntry.append(prefix, value)));
        }
        return longer;
    }

    private static Span all(List<Object> prefix) {
        return new Span(IndexEntry.before(prefix), IndexEntry.after(prefix));
    }

    /** Both ends included: the rest of the filter drops what it does not want. */
    private static Span range(OrderedIndex index, List<Object> prefix, Condition range) {
        boolean ascending = index.isAscending(prefix.size());
        Object first = ascending ? range.atLeast() : range.atMost();
        Object last = ascending ? range.atMost() : range.atLeast();
        return new Span(
            IndexEntry.before(first == null ? prefix : IndexEntry.append(prefix, first)),
            IndexEntry.after(last == null ? prefix : IndexEntry.append(prefix, last)));
    }
}
