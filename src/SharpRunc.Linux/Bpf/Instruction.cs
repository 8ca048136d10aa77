using System.Runtime.InteropServices;

namespace SharpRunc.Linux.Bpf;

/// <summary>A classic BPF instruction, laid out as the kernel's <c>struct sock_filter</c>.</summary>
/// <param name="Code">Class, size, operation and source: BPF_… of linux/filter.h.</param>
/// <param name="Yes">The number of instructions to skip if a condition holds.</param>
/// <param name="No">The number of instructions to skip if it does not.</param>
/// <param name="K">The constant: an operand, an offset into the data, or a return value.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = 8)]
internal readonly record struct Instruction(ushort Code, byte Yes, byte No, uint K);
