using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Rdt;
using SharpRunc.Core.Security;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Checking;

/// <summary>What this host would refuse of a config that breaks no rule. Looks only, and makes nothing.</summary>
internal static class HostCheck
{
    public static void Run(HostFindings found)
    {
        Config config = found.Config;
        Process? process = config.Process;
        found.Try(KernelFloor.Check);
        found.Try(() => Labels.RequireEnabled(process, "/process"));
        found.Try(() => Labels.RequireKnown(process, "/process"));
        found.Try(() => CheckMountLabel(found));
        found.Try(new NamespaceCheck(found).Run);
        found.Try(new IdMapCheck(found).Run);
        found.Try(new CgroupCheck(found).Run);
        found.Try(new SysctlCheck(found).Run);
        found.Try(() => SeccompCheck.Run(found));
        if (process is not null)
            found.Try(() => new PrivilegeCheck(found).Run(process));
        if (config.Linux.IntelRdt is { } rdt)
            found.Try(() => Resctrl.Find().Require(RdtPlan.From(rdt, "check")));
        found.Try(() => CheckRootfs(found));
    }

    /// <summary>What depends on files of the root file system, in the order in which create needs them.</summary>
    private static void CheckRootfs(HostFindings found)
    {
        using RootfsView view = new(Bundle.RequireDirectory(found.Rootfs));
        found.Try(new MountCheck(found, view).Run);
        found.Try(new DeviceCheck(found, view).Run);
        found.Try(new HookCheck(found, view).Run);
        if (found.Config.Process is not { } process)
            return;
        found.Try(() => new UserCheck(found, view).Run(process));
        found.Try(() => new ProgramCheck(found, view).Run(process));
    }

    private static void CheckMountLabel(HostFindings found)
    {
        if (found.Config.Linux.MountLabel is { Length: > 0 } label && !Labels.AllowsForMounts(label))
            found.Warn("/linux/mountLabel", "SELinux is disabled or not supported; nothing is labelled");
    }
}
