/* Double of an ARMv8 processor without the optional cryptographic extension.
 *
 * Imitates the auxiliary vector as Linux's "ARM64 ELF hwcaps" (Documentation/arch/arm64/elf_hwcaps.rst)
 * describes it: HWCAP_AES and HWCAP_PMULL are absent when ID_AA64ISAR0_EL1.AES is zero. Preloaded, because
 * every processor qemu knows has the extension.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/auxv.h>

enum { AES = 1 << 3, PMULL = 1 << 4 };

unsigned long getauxval(unsigned long type)
{
    unsigned long (*original)(unsigned long) = dlsym(RTLD_NEXT, "getauxval");
    unsigned long value = original(type);
    return type == AT_HWCAP ? value & ~(unsigned long)(AES | PMULL) : value;
}
