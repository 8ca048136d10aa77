using System.Runtime.InteropServices;

namespace SharpRunc.Probe;

/// <summary>linux/seccomp.h: what a supervisor is told, and what it answers.</summary>
internal static class Notification
{
    public const uint Receive = 0xC0502100, Send = 0xC0182101;

    public const uint Continue = 1;

    [StructLayout(LayoutKind.Sequential)]
    public struct Request
    {
        public ulong Id;
        public uint Pid, Flags;
        public int Number;
        public uint Arch;
        public ulong InstructionPointer;
        public ulong A, B, C, D, E, F;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Answer
    {
        public ulong Id;
        public long Value;
        public int Error;
        public uint Flags;
    }
}
