namespace SharpRunc.Core.Seccomp;

/// <summary>The rules of one architecture, by number without its base.</summary>
internal sealed class ArchitectureRules(Architecture architecture)
{
    /// <summary>The calls that all architectures number alike, in one sequence; and arm's private ones, far above them.</summary>
    private readonly NumberedRules common = new(0), armPrivate = new(SyscallTable.ArmPrivateBase);

    public Architecture Architecture => architecture;

    public NumberedRules Common => common;

    public NumberedRules Private => armPrivate;

    /// <summary>Records that the profile names this number, whatever it decides there.</summary>
    public void Name(int number) => Row(number).Name(number);

    public void Add(int number, SyscallRules always) => Row(number).Add(number, always);

    public SyscallRules For(int number) => Row(number).For(number);

    /// <summary>Null if the default applies, or if the number is newer than the profile.</summary>
    public SyscallRules? Find(int number) => Row(number).Find(number);

    private NumberedRules Row(int number) => number < SyscallTable.ArmPrivateBase ? common : armPrivate;
}
