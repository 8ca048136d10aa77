using System;

namespace SharpRunc.Core.Seccomp;

/// <summary>
/// Names and numbers of system calls. The data is generated (SyscallTable.Generated.cs, by SyscallTableGenerator of the tests, from
/// libseccomp's syscalls.csv) and resides in the binary's read-only pages: nothing is built at start-up.
/// </summary>
internal static partial class SyscallTable
{
    /// <summary>The cell of a call that the architecture lacks; and the bit that marks one in arm's private range.</summary>
    public const int None = 0xFFFF, Private = 0x8000;

    /// <summary>__ARM_NR_BASE (asm/unistd.h of arm): the start of the calls that only arm has.</summary>
    public const int ArmPrivateBase = 0x0F0000;

    /// <summary>The number without the architecture's base; −1: this architecture has no such call.</summary>
    public static int Number(SyscallColumn column, int index)
    {
        int cell = Cells[(int)column * Count + index];
        if (cell == None)
            return -1;
        return cell < Private ? cell : cell - Private + ArmPrivateBase;
    }

    /// <summary>The name's index in the table, or −1 for a name that no architecture knows.</summary>
    public static int Find(string name)
    {
        for (int slot = Hash(name) & (Slots.Length - 1); Slots[slot] != 0; slot = (slot + 1) & (Slots.Length - 1))
        {
            int index = Slots[slot] - 1;
            if (Is(index, name))
                return index;
        }
        return -1;
    }

    public static string Name(int index) => System.Text.Encoding.ASCII.GetString(Utf8Name(index));

    /// <summary>The generator places each name with the same function.</summary>
    public static int Hash(string name)
    {
        uint hash = (uint)name.Length;
        foreach (char c in name)
            hash = (hash ^ c) * 0x01000193;
        return (int)((hash ^ (hash >> 15)) & int.MaxValue);
    }

    private static ReadOnlySpan<byte> Utf8Name(int index) => Names[Offsets[index]..(Offsets[index + 1] - 1)];

    private static bool Is(int index, string name)
    {
        ReadOnlySpan<byte> known = Utf8Name(index);
        if (known.Length != name.Length)
            return false;
        for (int i = 0; i < known.Length; i++)
            if (known[i] != name[i])
                return false;
        return true;
    }
}

/// <summary>The columns of <see cref="SyscallTable"/>: both byte orders of an architecture share one.</summary>
internal enum SyscallColumn
{
    X86_64, X86, X32, Arm, Aarch64, Loongarch64, M68k, Mips, Mips64, Mips64n32, Parisc, Parisc64, Ppc, Ppc64, Riscv64, S390, S390x, Sh,
}

/// <summary>The calls behind socketcall(2) and ipc(2), by the selector in their first argument (linux/net.h, linux/ipc.h).</summary>
internal static class Multiplexed
{
    private static readonly (string Name, uint Selector)[] Sockets =
    [
        ("socket", 1), ("bind", 2), ("connect", 3), ("listen", 4), ("accept", 5), ("getsockname", 6), ("getpeername", 7),
        ("socketpair", 8), ("send", 9), ("recv", 10), ("sendto", 11), ("recvfrom", 12), ("shutdown", 13), ("setsockopt", 14),
        ("getsockopt", 15), ("sendmsg", 16), ("recvmsg", 17), ("accept4", 18), ("recvmmsg", 19), ("sendmmsg", 20),
    ];

    private static readonly (string Name, uint Selector)[] Ipc =
    [
        ("semop", 1), ("semget", 2), ("semctl", 3), ("semtimedop", 4), ("msgsnd", 11), ("msgrcv", 12), ("msgget", 13), ("msgctl", 14),
        ("shmat", 21), ("shmdt", 22), ("shmget", 23), ("shmctl", 24),
    ];

    /// <summary>The call that multiplexes this one, and the selector; null if none does.</summary>
    public static (string Through, uint Selector)? Find(string name)
    {
        // All of them begin with one of these letters, so most names are dismissed at once.
        if (name[0] is not ('s' or 'b' or 'c' or 'l' or 'a' or 'g' or 'r' or 'm'))
            return null;
        foreach ((string known, uint selector) in Sockets)
            if (known == name)
                return ("socketcall", selector);
        foreach ((string known, uint selector) in Ipc)
            if (known == name)
                return ("ipc", selector);
        return null;
    }
}
