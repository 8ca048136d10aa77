using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

/// <summary>
/// Labels the root of an mqueue after the mount, because mqueue has no context option. It belongs to the IPC namespace: the host's may not
/// be labelled.
/// </summary>
internal static class QueueLabel
{
    public static void Set(Tree tree, MountStep step, InitPlan plan)
    {
        if (step.Type != "mqueue" || plan.Rootfs.Label.Context is not { } label || !plan.Namespaces.HasIpc)
            return;
        using Fd root = Sys.OpenAt(tree.Fd, ".", O_RDONLY | O_DIRECTORY);
        SysError error = Sys.TryFsetxattr(root, "security.selinux", KernelText.Encode(label + "\0"));
        if (error.Failed)
            throw ContainerException.From(error.On(step.Destination), $"cannot label {step.Destination} {label}", "/linux/mountLabel");
    }
}
