using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.CommandLine;

/// <summary>Without --log the log is on stderr, which create, run and exec share with the container.</summary>
internal sealed class LogPlaceTests
{
    private const string Warned = "cannot be granted and are omitted: CAP_FLY (";

    private Runtime runtime = null!;

    [SetUp]
    public void SetUp() => runtime = Runtime.Create();

    [TearDown]
    public void TearDown() => runtime.Dispose();

    [TestCase("run")]
    [TestCase("run -d")]
    [TestCase("create")]
    [TestCase("exec")]
    public void What_is_no_error_is_not_written_to_the_containers_own_stderr(string command)
    {
        string warned = command == "exec" ? "--cap: unknown capability" : Warned;
        string[] flags = command.Split(' ');
        Assert.That(Command(flags).Expect(0).Errors, Is.Empty);
        Assert.That(Command(["--log", "/dev/stderr", .. flags]).Expect(0).Errors, Does.Contain(warned));
        Assert.That(Command(["--debug", .. flags]).Expect(0).Errors, Does.Contain(warned).And.Contain("level=debug"));
        string log = Path.Combine(runtime.Work, "log");
        Assert.That(Command(["--log", log, .. flags]).Expect(0).Errors, Is.Empty);
        Assert.That(File.ReadAllText(log).Split('\n'), Has.Length.EqualTo(2).And.Some.Contains(warned), "one line for all sets");
    }

    /// <summary>Its process has by default what the container's has.</summary>
    [Test]
    public void Exec_does_not_say_again_what_create_has_said()
    {
        string id = Runtime.NewId(), log = Path.Combine(runtime.Work, "log");
        Bundle bundle = Asking();
        bundle.Process["args"] = new System.Text.Json.Nodes.JsonArray("sleep", "1000");
        runtime.StartContainer(id, bundle);
        Assert.That(runtime.Run("--log", log, "exec", id, "true").Expect(0).Errors, Is.Empty);
        Assert.That(File.ReadAllText(log), Is.Empty);
    }

    [Test]
    public void Errors_are_always_told()
        => Assert.That(runtime.Run("exec", "missing", "true").Expect(255).Errors, Does.Contain("container does not exist"));

    /// <summary>config.json asks for it, or exec's flag.</summary>
    private Result Command(string[] flags)
    {
        string id = Runtime.NewId();
        if (flags[^1] != "exec")
            return runtime.Run([.. flags, "--bundle", Asking().Path, id]);
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        return runtime.Run([.. flags, "--cap", "CAP_FLY", id, "true"]);
    }

    private Bundle Asking()
    {
        Bundle bundle = runtime.NewBundle("sleep", "0.1");
        foreach (string set in new[] { "bounding", "effective", "permitted" })
            ((System.Text.Json.Nodes.JsonArray)bundle.Process["capabilities"]![set]!).Add((System.Text.Json.Nodes.JsonNode)"CAP_FLY");
        return bundle.Write();
    }
}
