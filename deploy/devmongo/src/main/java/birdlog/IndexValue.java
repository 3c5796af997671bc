package birdlog;

import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.backend.ValueComparator;
import de.bwaldvogel.mongo.bson.BinData;
import de.bwaldvogel.mongo.bson.BsonTimestamp;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.bson.LegacyUUID;
import de.bwaldvogel.mongo.bson.MaxKey;
import de.bwaldvogel.mongo.bson.MinKey;
import de.bwaldvogel.mongo.bson.ObjectId;

import java.time.Instant;
import java.util.Collection;
import java.util.UUID;

/** Values as an index holds them: equal numbers are the same object type, absent is null. */
final class IndexValue {

    private static final double LONGS_END = 0x1p63;

    private IndexValue() {
    }

    static Object of(Object value) {
        if (Missing.isNullOrMissing(value)) {
            return null;
        }
        if (value instanceof Integer number) {
            return number.longValue();
        }
        if (value instanceof Double number && number == Math.rint(number)
                && number >= -LONGS_END && number < LONGS_END) {
            return number.longValue();
        }
        return value;
    }

    /** Whether {@link #compare} knows the type. Arrays only occur as elements of arrays. */
    static boolean isIndexable(Object value) {
        return isScalar(value) || value instanceof Document || value instanceof Collection;
    }

    /** Whether a filter that names this value means just it: no array, document or pattern. */
    static boolean isScalar(Object value) {
        return Missing.isNullOrMissing(value)
            || value instanceof Number || value instanceof String || value instanceof Boolean
            || value instanceof ObjectId || value instanceof Instant || value instanceof UUID
            || value instanceof BinData || value instanceof LegacyUUID || value instanceof BsonTimestamp
            || value instanceof MinKey || value instanceof MaxKey;
    }

    static int compare(Object left, Object right) {
        if (left instanceof Long a) {
            if (right instanceof Long b) {
                return Long.compare(a, b);
            }
            if (right instanceof Double b) {
                return compare(a.longValue(), b.doubleValue());
            }
        } else if (left instanceof Double a && right instanceof Long b) {
            return -compare(b.longValue(), a.doubleValue());
        }
        return ValueComparator.ascWithoutListHandling().compare(left, right);
    }

    /**
     * ValueComparator drops the fraction when one side is beyond int, so 3e9 equals 3e9 + 0.5 there.
     * A double that gets here has a fraction or is outside the longs, so it is never equal to one.
     */
    private static int compare(long whole, double fraction) {
        int order = Double.compare((double) whole, fraction);
        return order != 0 ? order : -1;
    }
}
