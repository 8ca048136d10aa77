using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

internal sealed class PsTests
{
    private const string HostPs = "/usr/bin/ps";

    private static int[] Json(Runtime runtime, string id)
        => Array.ConvertAll([.. (JsonArray)JsonNode.Parse(runtime.Run("ps", "--format", "json", id).Expect(0).Output)!], n => (int)n!);

    [Test]
    public void Json_is_every_process_as_the_host_numbers_it()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c", "sleep 100 & sleep 100 & touch /ready; wait");
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, bundle);
        SpinWait.SpinUntil(() => File.Exists(Path.Combine(bundle.Rootfs, "ready")), 10_000);
        int[] pids = Json(runtime, id);
        Assert.That(pids, Has.Length.EqualTo(3));
        Assert.That(pids, Does.Contain(pid));
        foreach (int one in pids)
            Assert.That(File.ReadAllText($"/proc/{one}/cgroup"), Does.Contain(runtime.CgroupName));
    }

    [Test]
    public void Processes_of_the_cgroups_below_are_the_containers_too()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "100"));
        List<string> below = [];
        foreach (string top in Support.Cgroups.Of(runtime.CgroupName))
            foreach (string own in Directory.GetDirectories(top))
                if (top.Contains("/freezer/", StringComparison.Ordinal) || top.Contains("/unified/", StringComparison.Ordinal))
                    below.Add(Directory.CreateDirectory(Path.Combine(own, "below")).FullName);
        foreach (string cgroup in below)
            File.WriteAllText(Path.Combine(cgroup, "cgroup.procs"), pid.ToString(CultureInfo.InvariantCulture));
        Assert.That(below, Is.Not.Empty);
        Assert.That(Json(runtime, id), Is.EqualTo(new[] { pid }));
    }

    [Test]
    public void The_table_is_the_hosts_ps_with_the_containers_lines()
    {
        if (!File.Exists(HostPs))
            Assert.Ignore("procps is not installed");
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "100"));
        string[] lines = runtime.Run("ps", id).Expect(0).Output.Split('\n');
        Assert.That(lines, Has.Length.EqualTo(3));
        Assert.That(lines[0], Does.StartWith("UID ").And.Contain(" PID "));
        Assert.That(lines[1], Does.Contain($" {pid} ").And.Contain("sleep 100"));
        Assert.That(runtime.Run("ps", id, "-e", "-o", "pid,comm").Expect(0).Output, Does.Match($@"^\s*PID COMMAND\n\s*{pid} sleep\n$"));
        runtime.Run("ps", id, "-e", "-o", "comm").ExpectError("couldn't find PID field in ps output");
        runtime.Run("ps", id, "--frob").ExpectError("exit status 1");
        runtime.Run("ps", "-f", "xml", id).ExpectError("invalid format option: expected table or json");
    }

    [Test]
    public void A_machine_without_ps_is_told_so_and_needs_none_for_json()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "100"));
        runtime.Execute(runtime.Command("ps", id), environment: ["PATH=/nothing:" + runtime.Work])
            .ExpectError("exec: \"ps\": executable file not found in $PATH");
        Assert.That(runtime.Execute(runtime.Command("ps", "-f", "json", id), environment: ["PATH=/nothing"]).Expect(0).Output,
            Is.EqualTo($"[{pid}]\n"));
    }

    [Test]
    public void A_stopped_container_has_none()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Runtime.WaitForEnd(runtime.StartContainer(id, runtime.NewBundle("true")));
        Assert.That(runtime.Run("ps", "-f", "json", id).Expect(0).Output, Is.EqualTo("null\n"));
        runtime.Run("ps", "nothing").ExpectError("container does not exist");
    }

    [Test]
    public void A_pid_is_compared_as_a_whole()
        => Assert.That(Select("  PID CMD", "   12 a 123", "  123 b 12", "    1 c"), Is.EqualTo(new[] { "  PID CMD", "   12 a 123" }));

    [Test]
    public void Columns_that_hide_the_pid_are_an_error()
        => Assert.That(() => Select("COMMAND PID", "a b 12"),
            Throws.TypeOf<ContainerException>().With.Message.Contain("unable to parse pid"));

    private static List<string> Select(params string[] table)
    {
        List<string> told = [];
        Core.Lifecycle.Ps.Selection selection = new([12], told.Add);
        foreach (string line in table)
            selection.Match(line);
        return told;
    }
}
