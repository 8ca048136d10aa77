using System;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Rootfs;

/// <summary>
/// config-linux.md#mount-label, "the Selinux context for the mounts in the container": every file of a file system created for the
/// container has this context. The policy labels proc, sysfs and cgroup; bind mounts keep their own contexts.
/// </summary>
internal static class MountLabel
{
    private static readonly string[] LabelledByPolicy = ["proc", "sysfs", "mqueue", "cgroup", "cgroup2"];

    /// <summary>
    /// Adds the context to a file system's options. Options that name a context keep theirs, because the kernel accepts only one.
    /// </summary>
    public static string[] AddTo(string[] options, string? label, string type, string contextType = "context")
    {
        if (string.IsNullOrEmpty(label) || Array.IndexOf(LabelledByPolicy, type) >= 0)
            return options;
        foreach (string option in options)
            if (option.StartsWith("context=", StringComparison.Ordinal) || option.StartsWith(contextType + "=", StringComparison.Ordinal))
                return options;
        return [.. options, $"{contextType}=\"{label}\""];
    }

    /// <summary>
    /// Labels the root of an mqueue after the mount, because mqueue has no context option. It belongs to the IPC namespace: the host's may
    /// not be labelled.
    /// </summary>
    public static void GiveToQueue(Tree tree, MountStep step, InitPlan plan)
    {
        Spec.Linux linux = plan.Config.Linux;
        if (step.Type != "mqueue" || string.IsNullOrEmpty(linux.MountLabel))
            return;
        bool hasIpcNamespace = Array.Exists(linux.Namespaces, static n => n.Type == NamespaceType.Ipc);
        if (!hasIpcNamespace)
            return;
        using Fd root = Sys.OpenAt(tree.Fd, ".", O_RDONLY | O_DIRECTORY);
        SysError error = Sys.TryFsetxattr(root, "security.selinux", KernelText.Encode(linux.MountLabel + "\0"));
        if (!error.Failed)
            return;
        string operation = $"cannot label {step.Destination} {linux.MountLabel}";
        throw ContainerException.From(error.On(step.Destination), operation, "/linux/mountLabel");
    }
}
