namespace SharpRunc.Core.Spec;

/// <summary>config-linux.md#seccomp.</summary>
internal sealed class Seccomp
{
    /// <summary>SCMP_ACT_…; "" when absent (runc takes <c>seccomp: {}</c> as no seccomp).</summary>
    public string DefaultAction = "";
    public uint? DefaultErrnoRet;
    /// <summary>SCMP_ARCH_….</summary>
    public string[] Architectures = [];
    /// <summary>SECCOMP_FILTER_FLAG_…; null: unset, the runtime chooses.</summary>
    public string[]? Flags;
    public string? ListenerPath;
    public string? ListenerMetadata;
    public SeccompRule[] Syscalls = [];
}

internal sealed class SeccompRule
{
    public string[] Names = [];
    public string Action = "";
    public uint? ErrnoRet;
    public SeccompArg[] Args = [];
}

/// <summary>For SCMP_CMP_MASKED_EQ, <c>Value</c> is the mask and <c>ValueTwo</c> the wanted value.</summary>
internal readonly record struct SeccompArg(uint Index, ulong Value, ulong ValueTwo, string Op);
