using System.Runtime.InteropServices;

namespace SharpRunc.Linux.LibC;

// linux/elf.h, sys/auxv.h. Not in Tmds.LibC.
internal static unsafe partial class Libc
{
    public const nuint AT_PHDR = 3, AT_PHNUM = 5, AT_EXECFN = 31;

    public const uint PT_LOAD = 1, PT_TLS = 7, PF_X = 1, PF_W = 2;

    public struct elf64_phdr
    {
        public uint p_type, p_flags;
        public ulong p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
    }

    [DllImport("libc")]
    public static extern nuint getauxval(nuint type);
}
