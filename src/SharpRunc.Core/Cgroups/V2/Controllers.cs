using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups.V2;

/// <summary>A v2 cgroup has a controller's files only if every cgroup above enables it in cgroup.subtree_control.</summary>
internal static class Controllers
{
    /// <summary>
    /// Enables all of the root's controllers, from the root down to the container's parent. A controller that cannot be enabled is no error
    /// here, because the config may not need it; if it does, the missing file is reported.
    /// </summary>
    public static void Enable(Fd mount, string path)
    {
        string[] controllers = Sys.ReadText(mount, "cgroup.controllers").Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (controllers.Length == 0)
            return;
        byte[] all = KernelText.Encode("+" + string.Join(" +", controllers));
        bool complete = true;
        // For a/b/c: the root, a and a/b. The container's own cgroup holds processes and passes nothing on.
        for (int end = 0; end >= 0; end = path.IndexOf('/', end + 1))
        {
            string file = end == 0 ? "cgroup.subtree_control" : path[..end] + "/cgroup.subtree_control";
            using Fd? control = Sys.TryOpenAt(mount, file, O_WRONLY, out _);
            if (control is null)
                complete = false;
            else if (Sys.TryWrite(control, all, file).Failed)
            {
                complete = false;
                foreach (string controller in controllers)
                    _ = Sys.TryWrite(control, KernelText.Encode("+" + controller), file);
            }
            if (path.Length == 0)
                break;
        }
        if (!complete)
            RequireDomain(mount, path);
    }

    /// <summary>Below a threaded cgroup only threads can be placed, not a separate process.</summary>
    private static void RequireDomain(Fd mount, string path)
    {
        string type = Sys.ReadText(mount, path + "/cgroup.type").Trim();
        if (type is "threaded" or "domain invalid")
            throw new ContainerException(ErrorCode.CgroupNoProcesses, $"cannot enter cgroup {path}: it is below a threaded cgroup ({type})")
            {
                Pointer = CgroupPath.Pointer,
            };
    }
}
