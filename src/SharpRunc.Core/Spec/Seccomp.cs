namespace SharpRunc.Core.Spec;

/// <summary>config-linux.md#seccomp.</summary>
internal sealed record Seccomp
{
    /// <summary>SCMP_ACT_…; "" when absent (runc treats <c>seccomp: {}</c> as no seccomp).</summary>
    public string DefaultAction { get; init; } = "";
    public uint? DefaultErrnoRet { get; init; }
    /// <summary>SCMP_ARCH_….</summary>
    public string[] Architectures { get; init; } = [];
    /// <summary>SECCOMP_FILTER_FLAG_…; null: not set, so the runtime chooses.</summary>
    public string[]? Flags { get; init; }
    public string? ListenerPath { get; init; }
    public string? ListenerMetadata { get; init; }
    public SeccompRule[] Syscalls { get; init; } = [];

    /// <summary>Decides nothing: the same as no profile, as in runc.</summary>
    public bool IsEmpty => DefaultAction.Length == 0 && Syscalls.Length == 0;
}

internal sealed record SeccompRule
{
    public string[] Names { get; init; } = [];
    public string Action { get; init; } = "";
    public uint? ErrnoRet { get; init; }
    public SeccompArg[] Args { get; init; } = [];
}

/// <summary>For SCMP_CMP_MASKED_EQ, <c>Value</c> is the mask and <c>ValueTwo</c> the wanted value.</summary>
internal readonly record struct SeccompArg(uint Index, ulong Value, ulong ValueTwo, string Op);
