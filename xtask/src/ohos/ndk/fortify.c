/* glibc's checked printf functions, which Debian's libunwind.a was compiled to call and which neither musl
 * nor the device exports. Like glibc's own definitions (LSB Core 5.0, "Interfaces for fortified functions"),
 * without the checks. Linked into the small NDK's libunwind.a; hidden, so the product never exports them.
 */
#include <stdarg.h>
#include <stdio.h>

#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN int __vfprintf_chk(FILE *stream, int flag, const char *format, va_list arguments)
{
    (void)flag;
    return vfprintf(stream, format, arguments);
}

HIDDEN int __fprintf_chk(FILE *stream, int flag, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int printed = __vfprintf_chk(stream, flag, format, arguments);
    va_end(arguments);
    return printed;
}

HIDDEN int __vsnprintf_chk(char *text, size_t size, int flag, size_t room, const char *format, va_list arguments)
{
    (void)flag;
    (void)room;
    return vsnprintf(text, size, format, arguments);
}

HIDDEN int __snprintf_chk(char *text, size_t size, int flag, size_t room, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int printed = __vsnprintf_chk(text, size, flag, room, format, arguments);
    va_end(arguments);
    return printed;
}
