using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Security;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// config.md#linux-process: the AppArmor profile and the SELinux label that the next execve changes to. They are written to our own procfs,
/// never to the container's /proc (CVE-2019-16884, CVE-2025-52881).
/// </summary>
internal static class Labels
{
    /// <summary>Whether anything is written to procfs for this process.</summary>
    public static bool AreSet(Process? process) => process is { ApparmorProfile.Length: > 0 } or { SelinuxLabel.Length: > 0 };

    /// <summary>Called before anything is created: a process that its profile cannot confine must not run.</summary>
    /// <param name="pointer">Pointer to the process.</param>
    public static void RequireEnabled(Process? process, string pointer)
    {
        if (process is { ApparmorProfile.Length: > 0 } && !HasAppArmor())
            throw Off($"{pointer}/apparmorProfile", "apparmor: config provided but apparmor not supported");
        if (process is { SelinuxLabel.Length: > 0 } && !HasSeLinux())
            throw Off($"{pointer}/selinuxLabel", "selinux label is specified in config, but selinux is disabled or not supported");
    }

    /// <summary>Whether the profile is loaded and the policy knows the label, as far as securityfs and selinuxfs tell us.</summary>
    /// <param name="pointer">Pointer to the process.</param>
    public static void RequireKnown(Process? process, string pointer)
    {
        if (process is { ApparmorProfile: { Length: > 0 } profile } && HasAppArmor() && IsLoaded(profile) == false)
            throw Refused(profile, $"{pointer}/apparmorProfile", new("write", "self/attr/apparmor/exec", ENOENT));
        if (process is { SelinuxLabel: { Length: > 0 } label } && HasSeLinux() && !IsInPolicy(label))
            throw Refused(label, $"{pointer}/selinuxLabel", new("write", "self/attr/exec", EINVAL));
    }

    /// <summary>null: that cannot be told. Stacked profiles and those of a policy namespace have names of their own.</summary>
    private static bool? IsLoaded(string profile)
    {
        if (profile == "unconfined" || profile.StartsWith(':') || profile.Contains("//", System.StringComparison.Ordinal))
            return null;
        using Fd? list = Sys.TryOpenAt(Fd.Cwd, "/sys/kernel/security/apparmor/profiles", O_RDONLY, out _);
        return list is null ? null
            : ("\n" + KernelText.Decode(Sys.ReadAll(list, "profiles"))).Contains($"\n{profile} (", System.StringComparison.Ordinal);
    }

    /// <summary>Asks the loaded policy whether it knows the context.</summary>
    private static bool IsInPolicy(string label)
    {
        using Fd? policy = Sys.TryOpenAt(Fd.Cwd, "/sys/fs/selinux/context", O_RDWR, out _);
        return policy is null || Sys.TryWrite(policy, KernelText.Encode(label), "/sys/fs/selinux/context").Errno != EINVAL;
    }

    /// <summary>
    /// config-linux.md#mount-label, called before anything is created. If SELinux is off nothing is labelled, and the kernel would refuse
    /// the option. Unlike a process label, which confines the process, this one only gives a confined process access, so it can be dropped.
    /// </summary>
    /// <returns>Whether the label can be used.</returns>
    /// <exception cref="ContainerException">The policy does not know the label.</exception>
    public static bool AllowsForMounts(string label)
    {
        if (!HasSeLinux())
            return false;
        if (!IsInPolicy(label))
            throw Off("/linux/mountLabel", $"the SELinux policy does not know the context \"{label}\"");
        return true;
    }

    /// <summary>Called in the child while it still has the permission: the kernel remembers the values until execve.</summary>
    public static void Apply(ProcessPlan plan)
    {
        if (plan.Process is { ApparmorProfile: { Length: > 0 } profile })
            Write(plan, "self/attr/apparmor/exec", "exec " + profile, "apparmorProfile");
        if (plan.Process is { SelinuxLabel: { Length: > 0 } label })
            Write(plan, "self/attr/exec", label, "selinuxLabel");
    }

    /// <summary>Sets the label of keys that this process makes; "" restores the default.</summary>
    public static void SetForKeys(ProcessPlan plan, string label)
    {
        if (plan.Process is { SelinuxLabel.Length: > 0 })
            Write(plan, "self/attr/keycreate", label, "selinuxLabel");
    }

    private static void Write(ProcessPlan plan, string file, string value, string property)
    {
        try
        {
            plan.Proc!.Write(file, value);
        }
        catch (SysException e)
        {
            throw Refused(value.Replace("exec ", ""), "/process/" + property, e);
        }
    }

    private static ContainerException Refused(string name, string pointer, SysException e)
        => ContainerException.From(ErrorCode.ProcessLabel, e, $"cannot change to {name}", pointer, e.Errno switch
        {
            ENOENT => "is that profile loaded?",
            EINVAL => "the policy does not know the label",
            _ => null,
        });

    public static bool HasAppArmor()
    {
        using Fd? file = Sys.TryOpenAt(Fd.Cwd, "/sys/module/apparmor/parameters/enabled", O_RDONLY, out _);
        return file is not null && Sys.ReadAll(file, "apparmor", 16) is [(byte)'Y', ..];
    }

    public static bool HasSeLinux()
    {
        using Fd? root = Sys.TryOpenAt(Fd.Cwd, "/sys/fs/selinux", O_PATH | O_DIRECTORY, out _);
        return root is not null && Sys.Fstatfs(root, "/sys/fs/selinux").f_type == SELINUX_MAGIC;
    }

    private static ContainerException Off(string pointer, string message) => new(ErrorCode.ProcessLabel, message) { Pointer = pointer };
}
