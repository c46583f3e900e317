/* Double of libhilog_ndk.z.so, HarmonyOS's log.
 *
 * Imitates log.h of the HiLog NDK as "HiLog > log.h" in the HarmonyOS reference describes it: a printf format
 * whose parameters may carry {public} or {private} after the percent sign, private unless public, a private
 * parameter printed as <private>; a domain of at most 0xFFFF and a level from DEBUG (3) to FATAL (7), or the
 * line is not printed; a tag of at most 31 bytes, cut if longer; the number of bytes printed as the answer, or -1.
 *
 * Each line is appended to the file that HILOG_DOUBLE names, or else to standard error, as one JSON object with the
 * members level, domain, tag, format (as the caller passed it) and message (as the device would show it).
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_BYTES = 31, LINE_BYTES = 4096, DOMAIN_MAX = 0xFFFF, LEVEL_MIN = 3, LEVEL_MAX = 7 };

struct line {
    char text[LINE_BYTES];
    size_t length;
};

static void append(struct line *line, const char *text, size_t length)
{
    size_t room = LINE_BYTES - 1 - line->length;
    if (length > room)
        length = room;
    memcpy(line->text + line->length, text, length);
    line->length += length;
}

/* Takes one parameter off `arguments` in the width its conversion has, and prints it with `specification`. */
static void print_parameter(struct line *line, const char *specification, char kind, int longs, int is_public, va_list *arguments)
{
    char shown[LINE_BYTES];
    int length;
    switch (kind) {
    case 's':
        length = snprintf(shown, sizeof shown, specification, va_arg(*arguments, const char *));
        break;
    case 'p':
        length = snprintf(shown, sizeof shown, specification, va_arg(*arguments, void *));
        break;
    case 'f': case 'e': case 'g': case 'a': case 'F': case 'E': case 'G': case 'A':
        length = snprintf(shown, sizeof shown, specification, va_arg(*arguments, double));
        break;
    case 'd': case 'i': case 'u': case 'x': case 'X': case 'o': case 'c':
        length = longs ? snprintf(shown, sizeof shown, specification, va_arg(*arguments, int64_t))
                       : snprintf(shown, sizeof shown, specification, va_arg(*arguments, int));
        break;
    default:
        fprintf(stderr, "hilog double: a log line has the conversion %%%c, which writes memory or does not exist\n", kind);
        abort();
    }
    if (!is_public)
        append(line, "<private>", strlen("<private>"));
    else if (length > 0)
        append(line, shown, (size_t)length < sizeof shown ? (size_t)length : sizeof shown - 1);
}

/* Prints the conversion that `at` points to, just behind its percent sign, and returns what follows it. */
static const char *print_conversion(struct line *line, const char *at, va_list *arguments)
{
    static const char PUBLIC[] = "{public}", PRIVATE[] = "{private}";
    int is_public = strncmp(at, PUBLIC, sizeof PUBLIC - 1) == 0;
    if (is_public)
        at += sizeof PUBLIC - 1;
    else if (strncmp(at, PRIVATE, sizeof PRIVATE - 1) == 0)
        at += sizeof PRIVATE - 1;
    size_t flags = strspn(at, "-+ #0123456789.lhzjt");
    char specification[64] = "%";
    if (flags + 3 > sizeof specification)
        abort();
    memcpy(specification + 1, at, flags + 1);
    specification[flags + 2] = '\0';
    int longs = memchr(at, 'l', flags) || memchr(at, 'z', flags) || memchr(at, 'j', flags) || memchr(at, 't', flags);
    print_parameter(line, specification, at[flags], longs, is_public, arguments);
    return at + flags + 1;
}

static void print_message(struct line *line, const char *format, va_list *arguments)
{
    while (*format) {
        size_t plain = strcspn(format, "%");
        append(line, format, plain);
        format += plain;
        if (format[0] == '%' && format[1] == '%') {
            append(line, "%", 1);
            format += 2;
        } else if (format[0] == '%') {
            format = print_conversion(line, format + 1, arguments);
        }
    }
    line->text[line->length] = '\0';
}

static void write_json_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            fprintf(out, "\\%c", byte);
        else if (byte < 0x20)
            fprintf(out, "\\u%04x", byte);
        else
            fputc(byte, out);
    }
    fputc('"', out);
}

static void record(int level, unsigned int domain, const char *tag, const char *format, const char *message)
{
    const char *file = getenv("HILOG_DOUBLE");
    FILE *out = file ? fopen(file, "a") : stderr;
    if (!out) {
        fprintf(stderr, "hilog double: cannot open %s\n", file);
        abort();
    }
    char cut[TAG_BYTES + 1];
    snprintf(cut, sizeof cut, "%s", tag);
    fprintf(out, "{\"level\":%d,\"domain\":%u,\"tag\":", level, domain);
    write_json_string(out, cut);
    fputs(",\"format\":", out);
    write_json_string(out, format);
    fputs(",\"message\":", out);
    write_json_string(out, message);
    fputs("}\n", out);
    if (file)
        fclose(out);
}

int OH_LOG_Print(int type, int level, unsigned int domain, const char *tag, const char *format, ...)
{
    if (type != 0 || level < LEVEL_MIN || level > LEVEL_MAX || domain > DOMAIN_MAX || !tag || !format)
        return -1;
    struct line line = {.length = 0};
    va_list arguments;
    va_start(arguments, format);
    print_message(&line, format, &arguments);
    va_end(arguments);
    record(level, domain, tag, format, line.text);
    return (int)line.length;
}

int OH_LOG_PrintMsg(int type, int level, unsigned int domain, const char *tag, const char *message)
{
    return OH_LOG_Print(type, level, domain, tag, "%{public}s", message);
}

_Bool OH_LOG_IsLoggable(unsigned int domain, const char *tag, int level)
{
    return domain <= DOMAIN_MAX && tag && level >= LEVEL_MIN && level <= LEVEL_MAX;
}
