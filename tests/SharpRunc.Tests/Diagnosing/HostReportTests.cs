using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Diagnosing;

/// <summary>sharprunc doctor: what the host offers.</summary>
internal sealed class HostReportTests
{
    private static readonly string[] Rows =
    [
        "kernel", "cgroup", "controllers", "delegation", "systemd", "lsm", "user-namespaces", "subids", "newuidmap", "criu", "seal",
        "state-root", "features",
    ];

    private Runtime runtime = null!;

    [SetUp]
    public void Make() => runtime = Runtime.Create();

    [TearDown]
    public void Dispose() => runtime.Dispose();

    [Test]
    public void Each_question_has_an_answer_and_root_has_no_problem_here()
    {
        Doctor said = Doctor.Ask(runtime, 0);
        Assert.That(said.Findings.Select(static finding => (string)finding["topic"]!).Distinct(), Is.EqualTo(Rows));
        Assert.That((string)said.Document["subject"]!, Is.EqualTo("host"));
        Assert.That((int)said.Document["version"]!, Is.EqualTo(1));
        Assert.That((int)said.Document["notes"]!, Is.EqualTo(said.Topics("note").Length));
        Assert.That(said.Text("kernel"), Does.Contain(File.ReadAllText("/proc/sys/kernel/osrelease").Trim()));
    }

    [Test]
    public void Lines_are_aligned_and_those_that_are_not_ok_say_what_mends_them()
    {
        string[] lines = runtime.Run("doctor").Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines[^1], Does.Match("^(nothing is wrong|\\d+ problems?, \\d+ notes?)$"));
        int column = lines[0].IndexOf("Linux ", StringComparison.Ordinal);
        Assert.That(lines[..^1].Select(line => line[column - 1]), Is.All.EqualTo(' '));
        Assert.That(lines[..^1].Select(line => line[column]), Has.None.EqualTo(' '));
    }

    [Test]
    public void A_state_root_on_a_tmpfs_and_a_binary_on_a_read_only_mount_are_ok()
    {
        const string Script = """
            mount -t tmpfs tmpfs "$2" && mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$1" --root "$2" doctor --json
            """;
        string binary = Path.Combine(runtime.Work, "sharprunc");
        File.Copy(runtime.Program, binary);
        Result result = runtime.Execute(["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", Script, "sh", binary,
            runtime.Root]).Expect(0);
        Doctor said = new((JsonObject)JsonNode.Parse(result.Output)!);
        Assert.That(said.Topics("ok"), Is.SupersetOf(new[] { "seal", "state-root" }));
        Assert.That(said.Text("state-root"), Is.EqualTo($"{runtime.Root} is on tmpfs and has 0 entries"));
    }

    [Test]
    public void What_cgroup_v2_passes_on_is_told()
    {
        _ = UnifiedView.MountPoint;
        Result result = runtime.RunUnified("doctor", "--json");
        Doctor said = new((JsonObject)JsonNode.Parse(result.Output)!);
        Assert.That(said.Text("cgroup"), Is.EqualTo("cgroup v2 at /sys/fs/cgroup"));
        Assert.That(said.Text("delegation"), Does.Contain("which passes on "));
    }

    [Test]
    public void Without_cgroups_the_remedy_is_to_mount_them()
    {
        Result result = runtime.Execute(["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c",
            "umount -R -l /sys/fs/cgroup; exec \"$@\"", "sh", .. runtime.Command("doctor", "--json")]).Expect(1);
        Doctor said = new((JsonObject)JsonNode.Parse(result.Output)!);
        Assert.That((string)said.Findings.Single(static one => (string)one["topic"]! == "cgroup")["remedy"]!,
            Is.EqualTo("mount -t cgroup2 none /sys/fs/cgroup"));
    }

    [Test]
    public void An_ordinary_user_is_told_what_root_need_not_know()
    {
        using Runtime users = Runtime.CreateForUser();
        Result result = users.Run("doctor", "--json");
        Doctor said = new((JsonObject)JsonNode.Parse(result.Output)!);
        Assert.That(said.Findings.Select(static finding => (string)finding["topic"]!).Distinct(), Is.EqualTo(Rows), result.Errors);
        Assert.That(said.Text("subids"), Does.Not.Contain("root"));
    }

    [TestCase("--remove", "--remove: only together with --leftovers")]
    [TestCase("--leftovers web", "--leftovers: takes no container id")]
    [TestCase("nosuch", "container does not exist")]
    [TestCase("../x", "invalid container ID format")]
    public void What_cannot_be_asked_ends_with_2(string arguments, string about)
    {
        Result result = runtime.Run(["doctor", .. arguments.Split(' ')]).Expect(2);
        Assert.That(result.Output + result.Errors, Does.Contain(about));
    }
}
