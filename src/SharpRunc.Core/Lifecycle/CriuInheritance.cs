using SharpRunc.Core.Init;
using SharpRunc.Core.Security;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

/// <summary>
/// Attributes that a restored process inherits from criu because criu's images do not have them, and that criu inherits from us. They are
/// set as create sets them, not as our caller happens to have them. Scheduler, umask, environment, groups, limits, labels and OOM score are
/// in the images.
/// </summary>
internal static class CriuInheritance
{
    public static void Apply(Config config, string keyring)
    {
        Keyring.Join(keyring);
        CpuAffinity.Reset();
        if (config.Process?.IoPriority is { } priority)
            Sys.SetIoPriority(Scheduling.IoPriority(priority));
        if (config.Linux.Personality is { } personality)
            Sys.SetPersonality(Scheduling.Personality(personality)); // criu dumps it but does not restore it
        if (config.Linux.MemoryPolicy is { } policy)
        {
            byte[] nodes = policy.Nodes is null ? [] : NumberList.TryParse(policy.Nodes, KernelNames.MaxNodes)!;
            Sys.SetMemoryPolicy(Scheduling.MemoryPolicy(policy), nodes);
        }
    }
}
