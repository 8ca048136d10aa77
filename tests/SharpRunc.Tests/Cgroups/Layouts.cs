using System.Text;
using SharpRunc.Core.Cgroups;

namespace SharpRunc.Tests.Cgroups;

/// <summary>Machines as their own files describe them.</summary>
internal static class Layouts
{
    internal static CgroupLayout V2 { get; } = Parse(
        """
        29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
        """,
        """
        0::/system.slice/containerd.service
        """);

    internal static CgroupLayout V1 { get; } = Parse(
        """
        25 18 0:22 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755
        26 25 0:23 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:10 - cgroup cgroup rw,xattr,name=systemd
        28 25 0:25 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:13 - cgroup cgroup rw,cpu,cpuacct
        29 25 0:26 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:14 - cgroup cgroup rw,memory
        30 25 0:27 / /sys/fs/cgroup/cpuset rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,cpuset,clone_children
        31 25 0:28 / /sys/fs/cgroup/devices rw,nosuid,nodev,noexec,relatime shared:16 - cgroup cgroup rw,devices
        32 25 0:29 / /sys/fs/cgroup/net_cls,net_prio rw,nosuid,nodev,noexec,relatime shared:17 - cgroup cgroup rw,net_cls,net_prio
        33 25 0:30 / /sys/fs/cgroup/blkio rw,nosuid,nodev,noexec,relatime shared:18 - cgroup cgroup rw,blkio
        34 25 0:31 / /sys/fs/cgroup/pids rw,nosuid,nodev,noexec,relatime shared:19 - cgroup cgroup rw,pids
        35 25 0:32 / /sys/fs/cgroup/hugetlb rw,nosuid,nodev,noexec,relatime shared:20 - cgroup cgroup rw,hugetlb
        36 25 0:33 / /sys/fs/cgroup/freezer rw,nosuid,nodev,noexec,relatime shared:21 - cgroup cgroup rw,freezer
        37 25 0:34 / /sys/fs/cgroup/rdma rw,nosuid,nodev,noexec,relatime shared:22 - cgroup cgroup rw,rdma
        """,
        """
        12:pids:/user.slice/user-0.slice/session-1.scope
        11:cpu,cpuacct:/user.slice
        10:memory:/user.slice/user-0.slice/session-1.scope
        9:cpuset:/
        8:devices:/user.slice
        7:net_cls,net_prio:/
        6:blkio:/user.slice
        5:hugetlb:/
        4:freezer:/
        3:rdma:/
        2:perf_event:/
        1:name=systemd:/user.slice/user-0.slice/session-1.scope
        """);

    internal static CgroupLayout Parse(string mountInfo, string cgroup)
        => CgroupLayout.Parse(Encoding.UTF8.GetBytes(mountInfo), Encoding.UTF8.GetBytes(cgroup));
}
