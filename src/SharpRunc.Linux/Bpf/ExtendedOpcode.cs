namespace SharpRunc.Linux.Bpf;

/// <summary>Opcode bytes: the class in the low three bits, then the source (0x08: register), then the operation.</summary>
internal static class ExtendedOpcode
{
    public const byte
        LoadWord = 0x61,
        Move32 = 0xbc,
        Move32Immediate = 0xb4,
        And32Immediate = 0x54,
        ShiftRight32Immediate = 0x74,
        JumpEqual32Immediate = 0x16,
        JumpNotEqual32Immediate = 0x56,
        Exit = 0x95;
}
