package net.sojourn.daemon.control;

import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Records to and from {@link Json} values, by their components: strings, booleans, long, int, double, enums, {@code
 * Optional}, {@code List} and records. The member {@code type} names which record of a sealed interface it is, by its
 * simple name. Unknown members are refused in requests by {@link #decode}: a typing error shall not be ignored.
 */
public final class RecordJson {

    private static final String TYPE = "type";

    private RecordJson() {}

    /** What was read is JSON, but not one of the records that were expected. */
    public static final class UnexpectedJsonException extends Exception {
        private UnexpectedJsonException(String message) {
            super(message);
        }
    }

    /** One line without its end. */
    public static String line(Record record) {
        return Json.write(encode(record, true));
    }

    /** As values, without {@code type} inside nested records. */
    public static Map<String, @Nullable Object> encode(Record record, boolean withType) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        if (withType) {
            members.put(TYPE, record.getClass().getSimpleName());
        }
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            try {
                members.put(component.getName(), plain(component.getAccessor().invoke(record)));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("record " + record.getClass() + " is not open to its codec", e);
            }
        }
        return members;
    }

    private static @Nullable Object plain(@Nullable Object value) {
        if (value instanceof Record record) {
            return encode(record, false);
        }
        if (value instanceof Optional<?> optional) {
            return plain(optional.orElse(null));
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> plain = new ArrayList<>();
            list.forEach(element -> plain.add(plain(element)));
            return plain;
        }
        return value instanceof Enum<?> constant ? constant.name() : value;
    }

    /** The record of sealed interface {@code family} that {@code line} holds. */
    public static <T> T decode(Class<T> family, String line)
            throws Json.MalformedJsonException, UnexpectedJsonException {
        if (!(Json.read(line) instanceof Map<?, ?> members)) {
            throw new UnexpectedJsonException("an object expected");
        }
        Object name = members.get(TYPE);
        for (Class<?> member : family.getPermittedSubclasses()) {
            if (member.getSimpleName().equals(name)) {
                return family.cast(record(member, members, true));
            }
        }
        throw new UnexpectedJsonException("unknown type " + name);
    }

    private static Object record(Class<?> type, Map<?, ?> members, boolean typed) throws UnexpectedJsonException {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        @Nullable Object[] values = new Object[components.length];
        int known = typed ? 1 : 0;
        for (int i = 0; i < components.length; i++) {
            String name = components[i].getName();
            types[i] = components[i].getType();
            values[i] = value(components[i].getGenericType(), members.get(name), name);
            known += members.containsKey(name) ? 1 : 0;
        }
        if (known != members.size()) {
            throw new UnexpectedJsonException("unknown member in " + members.keySet());
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new UnexpectedJsonException("bad " + type.getSimpleName()
                    + (e.getCause() == null ? "" : ": " + e.getCause().getMessage()));
        }
    }

    private static Object value(Type type, @Nullable Object json, String name) throws UnexpectedJsonException {
        if (type instanceof ParameterizedType generic) {
            Type inner = generic.getActualTypeArguments()[0];
            if (generic.getRawType() == Optional.class) {
                return json == null ? Optional.empty() : Optional.of(value(inner, json, name));
            }
            List<Object> elements = new ArrayList<>();
            for (Object element : json instanceof List<?> list ? list : List.of()) {
                elements.add(value(inner, element, name));
            }
            return List.copyOf(elements);
        }
        Class<?> plain = (Class<?>) type;
        if (plain == String.class && json instanceof String
                || plain == boolean.class && json instanceof Boolean
                || (plain == long.class || plain == Long.class) && json instanceof Long) {
            return json;
        }
        if (plain == int.class && json instanceof Long number && number == number.intValue()) {
            return number.intValue();
        }
        if (plain == double.class && json instanceof Number number) {
            return number.doubleValue();
        }
        if (plain.isEnum()) {
            for (Object constant : plain.getEnumConstants()) {
                if (((Enum<?>) constant).name().equals(json)) {
                    return constant;
                }
            }
        }
        if (plain.isRecord() && json instanceof Map<?, ?> members) {
            return record(plain, members, false);
        }
        throw new UnexpectedJsonException("member " + name + ": a " + plain.getSimpleName() + " expected");
    }
}
