using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Cgroups;

/// <summary>The files through which a process joins.</summary>
public class AdmissionTests
{
    [SetUp]
    public void NeedsHybrid() => TestCgroup.Require();

    [Test]
    public void Tasks_are_opened_for_every_v1_hierarchy_with_memory_last()
    {
        using TestCgroup test = new();
        Fd[] tasks = test.Cgroup.Admission.OpenTasks();
        string[] names = tasks.Select(t => new FileInfo($"/proc/self/fd/{t.Number}").LinkTarget!).ToArray();
        foreach (Fd task in tasks)
            task.Dispose();
        Assert.That(names, Has.Length.EqualTo(TestCgroup.Layout.Hierarchies.Length - 1));
        Assert.That(names[^1], Is.EqualTo(test.DirectoryOf("memory") + "/tasks"));
    }
}
