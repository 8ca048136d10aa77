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
