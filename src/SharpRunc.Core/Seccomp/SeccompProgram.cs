using System.Collections.Generic;

namespace SharpRunc.Core.Seccomp;

/// <summary>A compiled profile, ready for seccomp(SECCOMP_SET_MODE_FILTER).</summary>
/// <param name="Instructions">struct sock_filter[], 8 bytes each.</param>
/// <param name="Flags">SECCOMP_FILTER_FLAG_….</param>
/// <param name="Warnings">Parts of the profile that were skipped: names that no architecture knows.</param>
internal sealed record SeccompProgram(byte[] Instructions, uint Flags, IReadOnlyList<string> Warnings)
{
    /// <summary>For <c>sock_fprog.len</c>.</summary>
    public int Count => Instructions.Length / 8;
}
