using System;
using System.IO;
using System.Linq;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>
/// A controller that a cgroup of the unified hierarchy can enable for those below it. Disposing it removes the cgroup, and disables what
/// was enabled for it at the top.
/// </summary>
internal sealed class UnifiedController : IDisposable
{
    private readonly string cgroup, control;
    private readonly string[] before;

    /// <param name="cgroup">Its name below the top.</param>
    public UnifiedController(string cgroup)
    {
        this.cgroup = cgroup;
        control = UnifiedView.MountPoint + "/cgroup.subtree_control";
        before = File.ReadAllText(control).Split();
        string? name = File.ReadAllText(UnifiedView.MountPoint + "/cgroup.controllers").Split()
            .FirstOrDefault(static c => c is "pids" or "hugetlb" or "memory");
        if (name is null)
            Assert.Ignore("this unified hierarchy has no controller");
        Name = name!;
    }

    public string Name { get; }

    public void Dispose()
    {
        Cgroups.Remove(cgroup);
        foreach (string added in File.ReadAllText(control).Split().Except(before).Where(static c => c.Length > 0))
            File.WriteAllText(control, "-" + added);
    }
}
