using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Init;

/// <summary>
/// The standard streams belong to the process's user, where they are made for it, and stay whose they are where they are not.
/// </summary>
internal sealed class StdioTests
{
    private static readonly string[] Shapes = ["host", "user namespace", "user namespace by path"];

    [Test]
    public void A_pipe_can_be_opened_again_by_the_processs_user([ValueSource(nameof(Shapes))] string shape, [Values(0, 1000)] int user,
        [Values("run", "exec")] string verb)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Shaped(runtime, shape, user).Says(verb == "run" ? "echo out >/dev/stdout; echo err >/dev/stderr" : "sleep 1000");
        string id = Runtime.NewId();
        string[] command = runtime.Command("run", "--bundle", bundle.Write().Path, id);
        if (verb == "exec")
        {
            runtime.StartContainer(id, bundle);
            command = runtime.Command("exec", id, "sh", "-c", "echo out >/dev/stdout; echo err >/dev/stderr");
        }
        Result result = runtime.Execute(["/bin/sh", "-c", "{ \"$@\" 2>&1 </dev/null; } | cat", "sh", .. command]);
        Assert.That(result.Output, Is.EqualTo("out\nerr\n"), result.Errors);
    }

    [TestCase("host", 1000, "666 1000:0")]
    [TestCase("user namespace", 0, "666 100000:0")]
    [TestCase("user namespace", 1000, "666 101000:0")]
    [TestCase("user namespace by path", 1000, "666 101000:0")]
    public void What_the_process_may_write_to_is_its_users_and_keeps_its_group(string shape, int user, string expected)
    {
        foreach ((string make, string flag) in (ReadOnlySpan<(string, string)>)[("mkfifo $1", "--no-pivot=false"), (": >$1", "--detach")])
        {
            using Runtime runtime = Runtime.Create();
            Bundle bundle = Shaped(runtime, shape, user).Says("true");
            string file = Path.Combine(runtime.Work, "stream");
            Result result = runtime.Execute(["/bin/sh", "-c", make + "; chmod 666 $1; exec 3<>$1; f=$1; shift; \"$@\" >&3 </dev/null; "
                + "stat -c '%a %u:%g' $f", "sh", file, .. runtime.Command("run", flag, "--bundle", bundle.Write().Path, Runtime.NewId())]);
            Assert.That(result.Output, Is.EqualTo(expected + "\n"), make + result.Errors);
        }
    }

    [Test]
    public void A_file_that_the_process_may_only_read_stays_the_callers([ValueSource(nameof(Shapes))] string shape)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Shaped(runtime, shape, 1000).Says("cat; echo x >>/proc/self/fd/0");
        string file = Path.Combine(runtime.Work, "input");
        File.WriteAllText(file, "read\n");
        Result result = runtime.Execute(["/bin/sh", "-c", "f=$1; shift; chmod 644 $f; \"$@\" <$f; stat -c %u $f; cat "
            + "$f", "sh", file, .. runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId())]);
        Assert.That(result.Output, Is.EqualTo("read\n0\nread\n"));
    }

    [TestCase("0<")]
    [TestCase("1<")]
    [TestCase("2<")]
    public void A_directory_is_no_standard_stream(string redirection)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        string log = Path.Combine(runtime.Work, "log");
        runtime.Execute(["/bin/sh", "-c", $"\"$@\" {redirection}/", "sh", runtime.Program, "--root", runtime.Root, "--log", log, "run",
            "--bundle", bundle.Path, Runtime.NewId()]).Expect(1);
        Assert.That(File.ReadAllText(log), Does.Contain($"file descriptor {redirection[0]} is a directory"));
        Assert.That(runtime.Execute(["/usr/bin/stat", "-c", "%u", "/"]).Output, Is.EqualTo("0\n"));
    }

    private static Bundle Shaped(Runtime runtime, string shape, int user)
    {
        Bundle bundle = runtime.NewBundle();
        bundle.Process["user"] = new JsonObject { ["uid"] = user, ["gid"] = user };
        if (shape == "user namespace")
            bundle.MapsUsers();
        else if (shape == "user namespace by path")
            bundle.InNamespace("user", $"/proc/{runtime.Sleeper(b => b.MapsUsers())}/ns/user");
        return bundle;
    }
}
