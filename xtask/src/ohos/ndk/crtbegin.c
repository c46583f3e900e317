/* The start file of a shared library, in place of compiler-rt's.
 *
 * Debian's build of compiler-rt registers exception frames with __register_frame_info when a libgcc provides
 * it. No OHOS library exports that function, and the frames are found through PT_GNU_EH_FRAME, so only the
 * handle that identifies the library to __cxa_atexit is left to define.
 */
__attribute__((visibility("hidden"))) void *__dso_handle = &__dso_handle;
