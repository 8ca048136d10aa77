using System;
using System.Globalization;
using SharpRunc.Linux;

namespace SharpRunc.Core.Security;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Moves this process onto a read-only mount of its own binary without starting again (a second start costs 1.1 ms, this a tenth of that).
/// Every page of the binary is mapped again at the same address, from the same file through the read-only mount. After that the kernel
/// allows changing /proc/self/exe, which it refuses while anything of the old path is mapped (prctl(2), PR_SET_MM_MAP: needs CAP_SYS_ADMIN
/// or CAP_CHECKPOINT_RESTORE). The bytes are the same before and after, so it does not matter where other threads are meanwhile.
/// </summary>
internal static unsafe class InPlaceSeal
{
    private const string Self = "/proc/self/exe";

    /// <summary>Returns false if the kernel refuses; a failed attempt does no harm.</summary>
    /// <param name="readOnly">A detached read-only clone of the binary's mount.</param>
    public static bool TryMoveTo(Tree readOnly)
    {
        using Fd? file = Sys.TryOpenAt(Fd.Cwd, readOnly.Fd.ProcPath, O_RDONLY, out _);
        using Fd? pagemap = Sys.TryOpenAt(Fd.Cwd, "/proc/self/pagemap", O_RDONLY, out _);
        if (file is null || pagemap is null)
            return false;
        string path = Sys.ReadLinkAt(Fd.Cwd, Self);
        Seal.ErasePlace(path);
        using (Fd maps = Sys.OpenAt(Fd.Cwd, "/proc/self/maps", O_RDONLY))
            foreach (string line in KernelText.Decode(Sys.ReadAll(maps)).Split('\n'))
            {
                if (!line.EndsWith(path) || !Mapping.TryParse(line, out Mapping mapping))
                    continue;
                if (!Remap(mapping, file, pagemap))
                    return false;
            }
        return SetExe(file);
    }

    /// <summary>proc_pid_maps(5): <c>start-end rwxp offset dev inode path</c>.</summary>
    private readonly record struct Mapping(long Start, long End, int Protection, long Offset)
    {
        public static bool TryParse(ReadOnlySpan<char> line, out Mapping mapping)
        {
            mapping = default;
            Span<Range> fields = stackalloc Range[6];
            if (line.Split(fields, ' ') < 4)
                return false;
            ReadOnlySpan<char> range = line[fields[0]], access = line[fields[1]];
            int dash = range.IndexOf('-');
            int protection = access[0] == 'r' ? PROT_READ : 0;
            protection |= access[1] == 'w' ? PROT_WRITE : 0;
            protection |= access[2] == 'x' ? PROT_EXEC : 0;
            mapping = new(Hex(range[..dash]), Hex(range[(dash + 1)..]), protection, Hex(line[fields[2]]));
            return true;
        }

        private static long Hex(ReadOnlySpan<char> digits)
            => long.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    /// <summary>Remaps a mapping: runs of unmodified pages are mapped from the file, modified ones are moved as they are.</summary>
    private static bool Remap(Mapping mapping, Fd file, Fd pagemap)
    {
        int pages = (int)((mapping.End - mapping.Start) / PageSize);
        ulong[] facts = new ulong[pages];
        fixed (ulong* p = facts)
            if (Sys.TryPread(pagemap, (byte*)p, pages * sizeof(ulong), mapping.Start / PageSize * sizeof(ulong)) != pages * sizeof(ulong))
                return false;
        int from = 0;
        while (from < pages)
        {
            bool written = Sys.IsPrivatePage(facts[from]);
            int to = from + 1;
            while (to < pages && Sys.IsPrivatePage(facts[to]) == written)
                to++;
            long at = mapping.Start + from * PageSize, length = (to - from) * PageSize;
            bool moved = written
                ? Sys.TryMovePages(at, length, mapping.Protection)
                : Sys.TryMapFile(at, length, mapping.Protection, file, mapping.Offset + from * PageSize);
            if (!moved)
                return false;
            from = to;
        }
        return true;
    }

    /// <summary>
    /// Changes /proc/self/exe. All other values are set to what the kernel has (proc_pid_stat(5), fields 26–28 and 45–51).
    /// </summary>
    private static bool SetExe(Fd file)
    {
        string stat;
        using (Fd self = Sys.OpenAt(Fd.Cwd, "/proc/self/stat", O_RDONLY))
            stat = KernelText.Decode(Sys.ReadAll(self));
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        ulong Field(int number) => ulong.Parse(fields[number - 3], CultureInfo.InvariantCulture);
        prctl_mm_map map = new()
        {
            start_code = Field(26),
            end_code = Field(27),
            start_stack = Field(28),
            start_data = Field(45),
            end_data = Field(46),
            start_brk = Field(47),
            brk = Sys.Brk(),
            arg_start = Field(48),
            arg_end = Field(49),
            env_start = Field(50),
            env_end = Field(51),
            exe_fd = (uint)file.Number,
        };
        return !Sys.TryPrctl(PR_SET_MM, PR_SET_MM_MAP, (nint)(&map), sizeof(prctl_mm_map)).Failed;
    }
}
