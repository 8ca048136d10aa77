namespace SharpRunc.Core.Seccomp;

internal sealed partial record Architecture
{
    /// <summary>The architecture that this binary was built for.</summary>
    public static Architecture Native => X86_64;
}
