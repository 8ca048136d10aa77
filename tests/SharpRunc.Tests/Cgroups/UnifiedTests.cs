using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Cgroups;

/// <summary>The v2 side on a real unified hierarchy; on a hybrid machine it is one with few controllers or none.</summary>
public class UnifiedTests
{
    private static readonly Hierarchy? Unified = TestCgroup.Layout.Hierarchies[^1] is { IsUnified: true } last ? last : null;

    private readonly List<Cgroup> made = [];

    private string subtreeControl = "";

    private static CgroupLayout V2 => new() { Kind = CgroupKind.V2, Hierarchies = [Unified!] };

    private string ControlFile => Unified!.MountPoint + "/cgroup.subtree_control";

    [SetUp]
    public void NeedsUnified()
    {
        if (System.Environment.UserName != "root" || Unified is null)
            Assert.Ignore("needs root and a unified hierarchy");
        subtreeControl = File.ReadAllText(ControlFile).Trim();
    }

    [TearDown]
    public void LeaveNothingBehind()
    {
        foreach (Cgroup cgroup in made)
        {
            cgroup.Processes.Kill(9);
            cgroup.Remove();
            cgroup.Dispose();
        }
        made.Clear();
        if (Unified is null)
            return;
        foreach (string controller in File.ReadAllText(ControlFile).Split().Except(subtreeControl.Split()).Where(c => c.Length > 0))
            File.WriteAllText(ControlFile, "-" + controller);
    }

    private Cgroup Make(string path)
    {
        Cgroup cgroup = Cgroup.Make(V2, CgroupPath.InEach(V2, path, "unused"));
        made.Add(cgroup);
        return cgroup;
    }

    private static void Start(Cgroup cgroup, string script, out System.Diagnostics.Process process)
    {
        process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/sh",
            ["-c", $"echo $$ > {cgroup.Paths[0].Value}/cgroup.procs; echo joined; {script}"])
        { RedirectStandardOutput = true })!;
        Assert.That(process.StandardOutput.ReadLine(), Is.EqualTo("joined"));
    }

    [Test]
    [Must("unified.controllers")]
    public void What_the_root_has_is_turned_on_down_to_the_container()
    {
        string name = TestCgroup.NewName();
        Cgroup cgroup = Make($"/{name}/middle/inner");
        string here = cgroup.Paths[0].Value;
        Assert.That(File.ReadAllText(here + "/cgroup.controllers").Split(),
            Is.EquivalentTo(File.ReadAllText(Unified!.MountPoint + "/cgroup.controllers").Split()));
        Assert.That(File.ReadAllText(here + "/cgroup.subtree_control").Trim(), Is.Empty, "the container's own has processes");
        if (File.Exists(here + "/hugetlb.2MB.max"))
        {
            cgroup.Limits.Apply(CgroupPlan.From(new Resources { HugepageLimits = [new("2MB", 4194304)] }, V2));
            Assert.That(File.ReadAllText(here + "/hugetlb.2MB.max").Trim(), Is.EqualTo("4194304"));
            Assert.That(File.ReadAllText(here + "/hugetlb.2MB.rsvd.max").Trim(), Is.EqualTo("4194304"));
        }
        cgroup.Remove();
        Assert.That(Directory.Exists($"{Unified!.MountPoint}/{name}"), Is.False);
    }

    [Test]
    [Must("unified.absent")]
    public void A_limit_whose_controller_is_missing_is_a_clear_error()
    {
        if (File.ReadAllText(Unified!.MountPoint + "/cgroup.controllers").Split().Contains("memory"))
            Assert.Ignore("this unified hierarchy has the memory controller");
        Cgroup cgroup = Make("/" + TestCgroup.NewName());
        ContainerException e = Assert.Throws<ContainerException>(
            () => cgroup.Limits.Apply(CgroupPlan.From(new Resources { Memory = new MemoryResources { Limit = 1 << 20 } }, V2)))!;
        Assert.That(e.Pointer, Is.EqualTo("/linux/resources/memory/limit"));
        Assert.That(e.Message, Does.Contain(cgroup.Paths[0].Value + "/memory.max"));
        Assert.That(e.Hint, Does.EndWith("the memory controller is not available to this cgroup"));
        e = Assert.Throws<ContainerException>(
            () => cgroup.Limits.Apply(CgroupPlan.From(new Resources { Unified = [new("cpu.pressure.x", "1")] }, V2)))!;
        Assert.That(e.Pointer, Is.EqualTo("/linux/resources/unified/cpu.pressure.x"));
    }

    [Test]
    [Must("unified.unknown")]
    public void Unified_files_are_written_as_given()
    {
        Cgroup cgroup = Make("/" + TestCgroup.NewName());
        cgroup.Limits.Apply(
            CgroupPlan.From(new Resources { Unified = [new("cgroup.max.depth", "3"), new("cgroup.max.descendants", "1\n2\n")] }, V2));
        Assert.That(File.ReadAllText(cgroup.Paths[0].Value + "/cgroup.max.depth").Trim(), Is.EqualTo("3"));
        Assert.That(File.ReadAllText(cgroup.Paths[0].Value + "/cgroup.max.descendants").Trim(), Is.EqualTo("2"), "line by line");
    }

    [Test]
    public void A_place_below_a_threaded_cgroup_is_refused()
    {
        string above = $"{Unified!.MountPoint}/{TestCgroup.NewName()}";
        Directory.CreateDirectory(above);
        try
        {
            File.WriteAllText(above + "/cgroup.type", "threaded");
            string path = above[Unified.MountPoint.Length..] + "/below";
            if (File.ReadAllText(Unified.MountPoint + "/cgroup.controllers").Trim().Length == 0)
                Assert.Ignore("without a controller there is nothing to turn on, and nothing to notice");
            Assert.That(() => Cgroup.Make(V2, CgroupPath.InEach(V2, path, "unused")),
                Throws.TypeOf<ContainerException>().With.Message.Contains("below a threaded cgroup"));
            Assert.That(Directory.Exists(above + "/below"), Is.False);
        }
        finally
        {
            Directory.Delete(above);
        }
    }

    [Test]
    public void A_cgroup_that_has_given_its_controllers_away_takes_no_container_and_says_why()
    {
        if (File.ReadAllText(Unified!.MountPoint + "/cgroup.controllers").Split()
            .FirstOrDefault(static c => c.Length > 0) is not { } controller)
        {
            Assert.Ignore("this unified hierarchy has no controller");
            return;
        }
        string path = "/" + TestCgroup.NewName();
        Cgroup cgroup = Make(path);
        File.WriteAllText(cgroup.Paths[0].Value + "/cgroup.subtree_control", "+" + controller);
        ContainerException refused = Assert.Throws<ContainerException>(() => Cgroup.Make(V2, CgroupPath.InEach(V2, path, "unused")))!;
        Assert.That(refused.Pointer, Is.EqualTo("/linux/cgroupsPath"));
        Assert.That(refused.Message,
            Does.EndWith($"{cgroup.Paths[0].Value} has enabled controllers for the cgroups below it "
                + $"(cgroup.subtree_control: {controller}), so it cannot contain processes itself"));
    }

    [Test]
    public void Freezing_killing_and_removing_work_without_any_controller()
    {
        Cgroup cgroup = Make("/" + TestCgroup.NewName());
        string here = cgroup.Paths[0].Value;
        Start(cgroup, "sleep 60 & sleep 60 & wait", out System.Diagnostics.Process process);
        using (process)
        {
            Assert.That(() => Cgroup.Reserve(V2, CgroupPath.InEach(V2, here[Unified!.MountPoint.Length..], "unused")),
                Throws.TypeOf<ContainerException>().With.Message.Contains("container's cgroup is not empty: "));
            cgroup.Freezer.Freeze();
            Assert.That(cgroup.Freezer.IsFrozen());
            cgroup.Freezer.Thaw();
            Assert.That(System.Threading.SpinWait.SpinUntil(() => !cgroup.Freezer.IsFrozen(), 5000));
            File.WriteAllText(here + "/cgroup.freeze", "1");
            Assert.That(cgroup.MemoryEvents.WasKilled(), Is.False);
            cgroup.Processes.Kill(9);
            Assert.That(process.WaitForExit(5000));
            Assert.That(process.ExitCode, Is.EqualTo(137));
            Assert.That(cgroup.Freezer.IsFrozen(), Is.False);
            Assert.That(System.Threading.SpinWait.SpinUntil(() => cgroup.Processes.Count() == 0, 5000));
        }
        Directory.CreateDirectory(here + "/a/b");
        cgroup.Remove();
        Assert.That(Directory.Exists(here), Is.False);
    }

    [Test]
    public void KillAll_sends_other_signals_too()
    {
        Cgroup cgroup = Make("/" + TestCgroup.NewName());
        Start(cgroup, "trap 'exit 7' USR1; echo ready; while :; do sleep 0.05; done", out System.Diagnostics.Process process);
        using (process)
        {
            Assert.That(process.StandardOutput.ReadLine(), Is.EqualTo("ready"));
            cgroup.Processes.Kill(10);
            Assert.That(process.WaitForExit(5000));
            Assert.That(process.ExitCode, Is.EqualTo(7));
        }
    }

    [Test]
    public void Several_programs_become_one()
    {
        Cgroup cgroup = Make("/" + TestCgroup.NewName());
        for (int i = 0; i < 2; i++)
        {
            using Fd? program = Sys.TryLoadDeviceProgram(Core.Cgroups.V2.DeviceProgram.Assemble(DeviceSet.From([], [])),
                out SysError error);
            Assert.That(error.Errno, Is.Zero);
            Assert.That(Sys.TryAttachDeviceProgram(cgroup.Unified!, program!, replaced: null).Errno, Is.Zero);
        }
        uint[] before = Sys.DevicePrograms(cgroup.Unified!);
        using (Cgroup again = Cgroup.Open(cgroup.Paths))
            again.Limits.Apply(CgroupPlan.From(null, V2));
        uint[] after = Sys.DevicePrograms(cgroup.Unified!);
        Assert.That(before, Has.Length.EqualTo(2));
        Assert.That(after, Has.Length.EqualTo(1));
        Assert.That(before, Does.Not.Contain(after[0]));
    }
}
