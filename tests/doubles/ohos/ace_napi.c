/* Double of libace_napi.z.so, the library through which ArkTS's engine offers Node-API.
 *
 * Node is the engine here, and its program exports napi_* itself. OpenHarmony's Node-API differs from Node's in the functions below.
 * Nothing can replace what a program exports, so the copy of the library that Node loads imports them by the names ohos_*
 * (xtask/src/ohos/node_api.rs changes the first four characters); each has Node do the work and adds the difference.
 * tests/doubles/README.md names the source of each. Where the real library writes behind a buffer, so does the double: valgrind sees it.
 *
 * pushseal_no_register stands in for napi_module_register in the same copy. Node keeps the pointer it is given for as long as it lives,
 * and the library passes a pointer to its constructor's stack, which ArkTS's engine copies from at once. Without a registration, Node
 * looks for napi_register_module_v1 instead, which the library exports as well.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct env *napi_env;
typedef struct value *napi_value;
typedef int napi_status;

typedef struct {
    const char *utf8name;
    napi_value name;
    void *method, *getter, *setter;
    napi_value value;
    int attributes;
    void *data;
} napi_property_descriptor;

enum { OK = 0, INVALID_ARG = 1, GENERIC_FAILURE = 9 };
/* napi_default_jsproperty: writable, enumerable, configurable. */
enum { PLAIN_PROPERTY = 1 | 2 | 4, MOST_PROPERTIES = 16 };

napi_status napi_create_error(napi_env, napi_value code, napi_value message, napi_value *result);
napi_status napi_create_object(napi_env, napi_value *result);
napi_status napi_create_string_utf16(napi_env, const uint16_t *text, size_t length, napi_value *result);
napi_status napi_define_properties(napi_env, napi_value object, size_t count, const napi_property_descriptor *properties);
napi_status napi_get_undefined(napi_env, napi_value *result);
napi_status napi_get_value_string_latin1(napi_env, napi_value, char *buffer, size_t size, size_t *result);
napi_status napi_get_value_string_utf16(napi_env, napi_value, uint16_t *buffer, size_t size, size_t *result);
napi_status napi_get_value_string_utf8(napi_env, napi_value, char *buffer, size_t size, size_t *result);
napi_status napi_is_exception_pending(napi_env, _Bool *result);

void pushseal_no_register(void *module)
{
    (void)module;
}

/* The system's own lines go to the record of the double of hilog, in its form. */
static void log_line(int level, const char *tag, const char *message)
{
    const char *file = getenv("HILOG_DOUBLE");
    FILE *out = file ? fopen(file, "a") : stderr;
    if (!out)
        abort();
    fprintf(out, "{\"level\":%d,\"tag\":\"%s\",\"message\":\"%s\"}\n", level, tag, message);
    if (file)
        fclose(out);
}

enum { WARN = 5, ERROR = 6 };

/* What the engine's macro CROSS_THREAD_AND_EXCEPTION_CHECK_WITH_RETURN does: logs, and the result is undefined. */
static _Bool refuses(napi_env env, const char *function, napi_value *result)
{
    _Bool pending = 0;
    napi_is_exception_pending(env, &pending);
    if (!pending)
        return 0;
    char line[128];
    snprintf(line, sizeof line, "Pending exception before %s called, exception details as follows:", function);
    log_line(ERROR, "ArkCompiler", line);
    napi_get_undefined(env, result);
    return 1;
}

napi_status ohos_create_error(napi_env env, napi_value code, napi_value message, napi_value *result)
{
    return refuses(env, "Error", result) ? OK : napi_create_error(env, code, message, result);
}

/* Own properties, set in one step: no setter of a prototype runs. */
napi_status napi_create_object_with_named_properties(napi_env env, napi_value *result, size_t count, const char **names, const napi_value *values)
{
    if (refuses(env, "NewWithNamedProperties", result))
        return OK;
    if (count > MOST_PROPERTIES)
        return INVALID_ARG;
    napi_property_descriptor properties[MOST_PROPERTIES] = {0};
    for (size_t i = 0; i < count; i++)
        properties[i] = (napi_property_descriptor){.utf8name = names[i], .value = values[i], .attributes = PLAIN_PROPERTY};
    napi_status status = napi_create_object(env, result);
    return status == OK ? napi_define_properties(env, *result, count, properties) : status;
}

/* All of the buffer is used, and the zero byte goes behind it. */
napi_status ohos_get_value_string_latin1(napi_env env, napi_value value, char *buffer, size_t size, size_t *result)
{
    if (!buffer || size == 0)
        return napi_get_value_string_latin1(env, value, buffer, size, result);
    char *text = malloc(size + 1);
    size_t copied = 0;
    napi_status status = text ? napi_get_value_string_latin1(env, value, text, size + 1, &copied) : GENERIC_FAILURE;
    if (status == OK) {
        memcpy(buffer, text, copied);
        buffer[copied] = '\0';
        if (result)
            *result = copied;
    }
    free(text);
    return status;
}

static size_t put(unsigned char *to, uint32_t point, size_t bytes)
{
    static const unsigned char FIRST[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
    for (size_t at = bytes - 1; at > 0; at--, point >>= 6)
        to[at] = 0x80 | (point & 0x3F);
    to[0] = FIRST[bytes] | point;
    return bytes;
}

/* Half of a surrogate pair takes three bytes, and a zero character is written without a look at `room`. */
static size_t encode(const uint16_t *units, size_t count, unsigned char *buffer, size_t room)
{
    size_t length = 0;
    if (count > room)
        count = room;
    for (size_t i = 0; i < count; i++) {
        uint32_t point = units[i];
        if (point == 0) {
            buffer[length++] = 0;
            continue;
        }
        if (point >= 0xD800 && point < 0xDC00 && i + 1 < count && units[i + 1] >= 0xDC00 && units[i + 1] < 0xE000)
            point = 0x10000 + ((point - 0xD800) << 10) + (units[++i] - 0xDC00);
        size_t bytes = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        if (length + bytes > room)
            break;
        length += put(buffer + length, point, bytes);
    }
    return length;
}

napi_status ohos_get_value_string_utf8(napi_env env, napi_value value, char *buffer, size_t size, size_t *result)
{
    /* The length is the same: U+FFFD, which Node writes for half of a pair, takes three bytes too. */
    if (!buffer || size == 0)
        return napi_get_value_string_utf8(env, value, buffer, size, result);
    size_t count = 0;
    napi_status status = napi_get_value_string_utf16(env, value, NULL, 0, &count);
    if (status != OK)
        return status;
    uint16_t *units = malloc((count + 1) * sizeof *units);
    status = units ? napi_get_value_string_utf16(env, value, units, count + 1, &count) : GENERIC_FAILURE;
    if (status == OK) {
        size_t copied = encode(units, count, (unsigned char *)buffer, size - 1);
        buffer[copied] = '\0';
        if (result)
            *result = copied;
    }
    free(units);
    return status;
}

/* The units are read to the first that is zero, whatever `length` says. */
napi_status ohos_create_string_utf16(napi_env env, const uint16_t *text, size_t length, napi_value *result)
{
    size_t found = 0;
    while (text[found])
        found++;
    if (found != length) {
        char line[96];
        snprintf(line, sizeof line, "`length` (%zu) not equals to strlen(`str`) (%zu), result may be unexpected", length, found);
        log_line(WARN, "NAPI", line);
    }
    return napi_create_string_utf16(env, text, length, result);
}
