using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>sd_listen_fds(3), through us.</summary>
internal sealed class ListenFdsTests
{
    private const string Show = "env | grep ^LISTEN | sort; for fd in 3 4 5; do [ -e /proc/self/fd/$fd ] && cat <&$fd; done; true";

    /// <summary>Runs the bundle from a shell whose pid becomes the runtime's, with text to read at 3 and 4.</summary>
    private static Result RunWith(Runtime runtime, string variables, params string[] flags)
        => runtime.Execute(["/bin/bash", "-c", $"exec 3<<<three 4<<<four; export {variables}; exec \"$@\"", "bash",
            .. runtime.Command(["run", .. flags, "--bundle", runtime.NewBundle().Says(Show).Write().Path, Runtime.NewId()])]);

    [TestCase("LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web", 0, "LISTEN_FDS=1\nLISTEN_PID=1\nthree\n")]
    [TestCase("LISTEN_PID=$$ LISTEN_FDS=2", 0, "LISTEN_FDS=2\nLISTEN_PID=1\nthree\nfour\n")]
    [TestCase("LISTEN_PID=$$ LISTEN_FDS=1", 1, "LISTEN_FDS=1\nLISTEN_PID=1\nthree\nfour\n")]
    public void What_was_meant_for_us_is_the_containers_and_preserved_ones_follow(string variables, int preserved, string output)
    {
        using Runtime runtime = Runtime.Create();
        Assert.That(RunWith(runtime, variables, $"--preserve-fds={preserved}").Expect(0).Output, Is.EqualTo(output));
    }

    [TestCase("LISTEN_PID=1 LISTEN_FDS=1")]
    [TestCase("LISTEN_FDS=1")]
    [TestCase("LISTEN_PID=$$")]
    [TestCase("LISTEN_PID=$$ LISTEN_FDS=-1")]
    [TestCase("LISTEN_PID=$$ LISTEN_FDS=many")]
    public void What_was_meant_for_another_reaches_nobody(string variables)
    {
        using Runtime runtime = Runtime.Create();
        Assert.That(RunWith(runtime, variables).Expect(0).Output, Is.Empty);
        Assert.That(RunWith(runtime, variables, "--preserve-fds", "1").Expect(0).Output, Is.EqualTo("three\n"));
    }

    [TestCase("LISTEN_PID=$$ LISTEN_FDS=3", "0", "unable to stat preserved-fd 2 (of 3)")]
    [TestCase("LISTEN_PID=$$ LISTEN_FDS=2147483647", "1", "unable to stat preserved-fd 2 (of 2147483648)")]
    [TestCase("LISTEN_FDS=1", "-1", "--preserve-fds")]
    public void One_that_is_missing_is_an_error(string variables, string preserved, string error)
    {
        using Runtime runtime = Runtime.Create();
        RunWith(runtime, variables, "--preserve-fds=" + preserved).ExpectError(error);
    }

    [Test]
    public void An_exec_takes_preserved_ones_alone()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        Result result =
            runtime.Execute(["/bin/bash", "-c", "exec 3<<<three 4<<<four; export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$@\"", "bash",
            .. runtime.Command("exec", "--preserve-fds", "1", id, "sh", "-c", Show)]).Expect(0);
        Assert.That(result.Output, Is.EqualTo("three\n"));
    }
}
