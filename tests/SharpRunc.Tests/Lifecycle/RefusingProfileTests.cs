using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>Profiles that refuse the runtime's own last calls: it says so, and nothing waits or spins.</summary>
internal sealed class RefusingProfileTests
{
    private const string Errno = "SCMP_ACT_ERRNO", CheckIt = "seccomp check";

    public enum Place { Root, Mapped, Pod }

    [Test]
    public void A_process_that_may_not_even_leave_ends_all_the_same([Values("create", "run")] string command, [Values] bool noNewPrivileges,
        [Values] Place place)
    {
        using Runtime runtime = Runtime.Create();
        Result result = Refused(runtime, command, noNewPrivileges, place, Only());
        Assert.That(result.Errors, Does.Contain("segmentation fault").And.Contain("the seccomp profile forbids")
            .And.Contain("/linux/seccomp").And.Contain(CheckIt));
    }

    [Test]
    public void One_that_may_leave_says_by_its_status_what_failed([Values("exit_group", "exit")] string allowed,
        [Values] bool noNewPrivileges)
    {
        using Runtime runtime = Runtime.Create();
        Result result = Refused(runtime, "create", noNewPrivileges, Place.Root, Only(allowed));
        Assert.That(result.Errors, Does.Contain(noNewPrivileges ? "status 219" : "status 209")
            .And.Contain(noNewPrivileges ? "cannot report to the runtime" : "bounding set")
            .And.Contain("the seccomp profile forbids write(2)").And.Contain(CheckIt));
    }

    [Test]
    public void One_that_is_killed_for_it_is_told_by_the_profile(
        [Values("SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP")] string action)
    {
        using Runtime runtime = Runtime.Create();
        Result result = Refused(runtime, "create", noNewPrivileges: true, Place.Root, new JsonObject { ["defaultAction"] = action });
        Assert.That(result.Errors, Does.Contain("bad system call").And.Contain("/linux/seccomp").And.Contain(CheckIt));
    }

    /// <summary>EINTR asks to try again.</summary>
    [Test]
    public void A_wait_that_is_interrupted_for_ever_fails()
    {
        using Runtime runtime = Runtime.Create();
        runtime.RunBundle(NeverWaits(runtime)).ExpectError("cannot wait for start");
    }

    /// <summary>Its report has gone with it; its status has not.</summary>
    [Test]
    public void One_that_has_failed_before_the_runtime_listens_says_so_too()
    {
        Tool.Require("strace");
        using Runtime runtime = Runtime.Create();
        string bundle = NeverWaits(runtime).Write().Path;
        runtime.Execute(["/usr/bin/strace", "-o", "/dev/null", "-e", "trace=openat", "-e", "inject=openat:delay_enter=20000",
            .. runtime.Command("run", "--bundle", bundle, Runtime.NewId())]).ExpectError("cannot wait for start");
    }

    private static Bundle NeverWaits(Runtime runtime)
    {
        Bundle bundle = runtime.NewBundle("true");
        bundle.Process["noNewPrivileges"] = true;
        bundle.Linux["seccomp"] = RawCalls.Profile(RawCalls.Rule("read", Errno, """, "errnoRet": 4"""));
        return bundle;
    }

    private static Result Refused(Runtime runtime, string command, bool noNewPrivileges, Place place, JsonNode profile)
    {
        Bundle bundle = runtime.NewBundle("true");
        if (place == Place.Mapped)
            bundle.MapsUsers();
        if (place == Place.Pod)
            bundle.InNamespace("pid", $"/proc/{runtime.Sleeper()}/ns/pid");
        bundle.Process["noNewPrivileges"] = noNewPrivileges;
        bundle.Linux["seccomp"] = profile;
        string id = Runtime.NewId();
        Result result = runtime.Run(command, "--bundle", bundle.Write().Path, id).Expect(1);
        runtime.Run("state", id).Expect(1);
        return result;
    }

    private static JsonObject Only(params string[] allowed)
    {
        JsonObject profile = new() { ["defaultAction"] = Errno };
        if (allowed.Length > 0)
            profile["syscalls"] =
                new JsonArray(new JsonObject
                {
                    ["names"] = new JsonArray([.. System.Array.ConvertAll<string, JsonNode>(allowed, a => a)]),
                    ["action"] = "SCMP_ACT_ALLOW"
                });
        return profile;
    }
}
