using System;
using System.IO;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// A container that may write its cgroup hides processes below it: deep, wide, under names that are no text, frozen. It has no PID
/// namespace of its own, so that only the cgroup tells who is in it. The tests do what it would do, as the host's root.
/// </summary>
[TestFixture(false)]
[TestFixture(true)]
internal sealed class CgroupTreeTests(bool unified)
{
    private const int Descriptors = 64;

    private Runtime runtime = null!;
    private string id = "";
    private int init;

    [SetUp]
    public void StartContainer()
    {
        _ = UnifiedView.MountPoint;
        if (!unified && !Support.Cgroups.Has("freezer"))
            Assert.Ignore("needs the v1 freezer");
        runtime = Runtime.Create();
        id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000").WithoutNamespace("pid").Write();
        string pidFile = Path.Combine(runtime.Work, "init");
        Run("run", "--detach", "--bundle", bundle.Path, "--pid-file", pidFile, id).Expect(0);
        init = int.Parse(File.ReadAllText(pidFile));
    }

    [TearDown]
    public void Leave()
    {
        if (runtime is null)
            return;
        if (Directory.Exists(runtime.Root))
            Run("delete", "--force", id);
        runtime.Dispose();
    }

    private Result Run(params string[] arguments) => unified ? runtime.RunUnified(arguments) : runtime.Run(arguments);

    /// <summary>With the descriptors that a service may have few of.</summary>
    private Result RunPoor(params string[] arguments)
    {
        string[] poor = ["/usr/bin/prlimit", $"--nofile={Descriptors}:{Descriptors}", .. runtime.Command(arguments)];
        return unified ? runtime.ExecuteUnified(poor) : runtime.Execute(poor);
    }

    /// <summary>The container's cgroup where its processes are listed.</summary>
    private string Top
    {
        get
        {
            foreach (string line in File.ReadAllLines($"/proc/{init}/cgroup"))
                if (line.Split(':', 3) is [_, var controllers, var path] && controllers == (unified ? "" : "freezer"))
                    return (unified ? UnifiedView.MountPoint : "/sys/fs/cgroup/freezer") + path;
            throw new InvalidOperationException("the container has no cgroup");
        }
    }

    private int Start(string name)
    {
        string pidFile = Path.Combine(runtime.Work, name);
        Run("exec", "--detach", "--pid-file", pidFile, id, "sleep", "1000").Expect(0);
        return int.Parse(File.ReadAllText(pidFile));
    }

    [TestCase(3000, 1, 1)]
    [TestCase(20, 1, 250)]
    [TestCase(2, 3000, 10)]
    public void Who_is_deep_below_is_listed_and_killed_and_all_of_it_removed(int depth, int width, int length)
    {
        int hidden = Start("hidden");
        string top = Top;
        Fd current = Sys.OpenAt(Fd.Cwd, top, O_RDONLY | O_DIRECTORY);
        for (int level = 0; level < depth; level++)
        {
            for (int brother = 0; brother < width; brother++)
                Sys.MkdirAt(current, Name(length, brother), 0x1ED);
            Fd below = Sys.OpenAt(current, Name(length, width - 1), O_RDONLY | O_DIRECTORY);
            current.Dispose();
            current = below;
        }
        using (Fd procs = Sys.OpenAt(current, "cgroup.procs", O_WRONLY))
            Sys.Write(procs, System.Text.Encoding.ASCII.GetBytes($"{hidden}"));
        current.Dispose();
        EndsAndLeavesNothing(hidden, top);
    }

    private static string Name(int length, int number)
        => new string('n', length)[..^(length > 5 ? 5 : 0)] + (length > 5 ? $"{number:D5}" : "");

    [TestCase("caf\\351")]
    [TestCase("\\377x")]
    [TestCase("\\302\\205")]
    [TestCase("\\360\\237")]
    [TestCase(" (deleted)")]
    [TestCase(":")]
    public void Who_is_in_a_cgroup_whose_name_is_no_text_is_listed_and_killed(string name)
    {
        int hidden = Start("hidden");
        string top = Top;
        runtime.Execute(["/bin/sh", "-ec", $"d=$(printf '%s/{name}' \"$1\"); mkdir -p "
            + $"\"$d/$(printf '{name}')\"; echo $2 >\"$d/$(printf '{name}')/cgroup.procs\"", "sh", top, $"{hidden}"]).Expect(0);
        EndsAndLeavesNothing(hidden, top);
    }

    private void EndsAndLeavesNothing(int hidden, string top)
    {
        Assert.That(RunPoor("ps", "--format", "json", id).Expect(0).Output, Does.Contain($"{hidden}").And.Contain($"{init}"));
        RunPoor("kill", id, "KILL").Expect(0);
        Eventually.Holds(() => !IsAlive(hidden) && !IsAlive(init), "who is below lives on");
        RunPoor("delete", id).Expect(0);
        Assert.That(Directory.Exists(top), Is.False);
    }

    [Test]
    public void Delete_ends_a_container_that_makes_cgroups_and_processes_without_end()
    {
        string top = Top;
        // Each process goes into a cgroup of its own and makes others below.
        string script = "bomb() { d=$1; i=0; while [ $i -lt 2000 ]; do i=$((i+1)); mkdir $d/$i 2>/dev/null || exit; sh -c \"echo \\$\\$ "
            + ">$d/$i/cgroup.procs; sleep 1000\" & done; }; echo $$ >$1/cgroup.procs; bomb $1 & bomb $1/1 & bomb $1/2 & wait";
        Child bomb = Child.Start(["/bin/sh", "-c", script, "sh", top]);
        Eventually.Holds(() => Directory.GetDirectories(top).Length > 50, "the bomb does not go off");
        RunPoor("delete", "--force", id).Expect(0);
        Assert.That(Directory.Exists(top), Is.False);
        bomb.Wait(TimeSpan.FromSeconds(20));
    }

    // The init in a cgroup of its own that is frozen, which the one above does not tell.
    [TestCase("kill", "KILL")]
    [TestCase("delete", "--force")]
    public void An_init_that_froze_itself_below_is_ended(string command, string argument)
    {
        string top = Top, below = top + "/below";
        Freeze(below);
        Run(command == "kill" ? [command, id, argument] : [command, argument, id]).Expect(0);
        Eventually.Holds(() => !IsAlive(init), "the init is still there");
        Run("delete", "--force", id);
        Assert.That(Directory.Exists(top), Is.False);
    }

    [Test]
    public void What_is_frozen_below_runs_on_with_the_container_that_is_resumed()
    {
        string below = Top + "/below";
        Freeze(below);
        Run("pause", id).Expect(0);
        Run("resume", id).Expect(0);
        Eventually.Holds(() => File.ReadAllText(below + (unified ? "/cgroup.freeze" : "/freezer.state")).Trim() is "0" or "THAWED",
            "what was frozen below stays so");
    }

    private void Freeze(string cgroup)
    {
        Directory.CreateDirectory(cgroup);
        File.WriteAllText(cgroup + "/cgroup.procs", $"{init}");
        File.WriteAllText(cgroup + (unified ? "/cgroup.freeze" : "/freezer.state"), unified ? "1" : "FROZEN");
    }

    private static bool IsAlive(int pid)
    {
        Leftovers.Reap();
        return ProcessStat.TryRead(pid, out ProcessStat stat) && stat.IsAlive;
    }
}
