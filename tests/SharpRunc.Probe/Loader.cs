using System;
using System.IO;
using System.Text;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Asks the kernel about filters: each is loaded by a child of its own, since nobody gets rid of one again. The file has them one behind
/// the other: the number of instructions (32 bits), then 8 bytes each.
/// </summary>
internal static unsafe class Loader
{
    private const int Unanswered = -1, MostInstructions = ushort.MaxValue, RlimitCore = 4, MapShared = 1;

    private const nint PageSize = 4096, Sigsegv = 11, Sigsys = 31;

    /// <summary>Shared with the child.</summary>
    private struct Page
    {
        /// <summary>errno(3), 0, or <see cref="Unanswered"/>.</summary>
        public int Answer;

        /// <summary>Null, which the compiler must not know.</summary>
        public byte* Nowhere;
    }

    /// <summary>Prints "INDEX ERRNO" for each that is refused, and at last "loaded N of M".</summary>
    /// <returns>0, whatever the kernel says.</returns>
    public static int Run(string file)
    {
        // Whom the filter lets neither go on nor leave ends by a signal.
        Sys.TryPrlimit(0, RlimitCore, default, "RLIMIT_CORE");
        Page* page = (Page*)syscall(SYS_mmap, 0, PageSize, PROT_READ | PROT_WRITE, MapShared | MAP_ANONYMOUS, -1, 0);
        using FileStream programs = File.OpenRead(file);
        byte[] buffer = GC.AllocateUninitializedArray<byte>(MostInstructions * sizeof(sock_filter), pinned: true);
        Span<byte> prefix = stackalloc byte[sizeof(uint)];
        int count = 0, loaded = 0;
        for (; programs.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false) == prefix.Length; count++)
        {
            int length = checked((ushort)BitConverter.ToUInt32(prefix));
            programs.ReadExactly(buffer, 0, length * sizeof(sock_filter));
            int answer = Ask(buffer, length, page);
            if (answer == 0)
                loaded++;
            else
                Print($"{count} {answer}\n");
        }
        Print($"loaded {loaded} of {count}\n");
        return 0;
    }

    private static int Ask(byte[] instructions, int length, Page* page)
    {
        *page = new Page { Answer = Unanswered, Nowhere = null };
        fixed (byte* first = instructions)
        {
            sock_fprog filter = new() { len = (ushort)length, filter = (sock_filter*)first };
            int pid = Sys.Clone(0, SIGCHLD, null, out Fd? process);
            if (pid == 0)
                Load(&filter, page);
            process!.Dispose();
            Sys.TryWaitId(P_PID, pid, WEXITED);
        }
        return page->Answer;
    }

    /// <summary>
    /// Never returns. The filter may refuse any call, or end us for it: the answer goes through memory, and so does who must not leave.
    /// </summary>
    private static void Load(sock_fprog* filter, Page* page)
    {
        byte* byDefault = stackalloc byte[32];
        new Span<byte>(byDefault, 32).Clear();
        syscall(SYS_rt_sigaction, Sigsegv, (nint)byDefault, 0, sizeof(ulong));
        syscall(SYS_rt_sigaction, Sigsys, (nint)byDefault, 0, sizeof(ulong));
        syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1);
        nint result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, (nint)SECCOMP_FILTER_FLAG_SPEC_ALLOW, (nint)filter);
        page->Answer = result == 0 ? 0 : errno;
        syscall(SYS_exit_group, 0);
        while (true)
            *page->Nowhere = 0;
    }

    private static void Print(string line) => Sys.TryWrite(Fd.Own(1), Encoding.ASCII.GetBytes(line));
}
