using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// The caller redirects the standard streams from and to files of their own: what runs there gets what is in them, or writes to them, and
/// no more.
/// </summary>
internal sealed class CallerFileTests
{
    private const string Attack = """
        for n in 0 1 2; do
          f=/proc/self/fd/$n
          chmod 4777 $f; chown 1:1 $f; touch -d 2001-01-01 $f
        done 2>/dev/null
        (echo OWNED 1<>/proc/self/fd/0) 2>/dev/null
        (echo OWNED >>/proc/self/fd/0) 2>/dev/null
        while read line && [ "$line" = OWNED ]; do :; done # what it wrote to a pipe of its own
        echo "$line"; echo error >&2; : >/tmp/done
        """;

    private static readonly string[] Shapes = ["root", "no capabilities", "the same ids", "other ids", "ordinary user"];

    [Test]
    public void A_file_that_is_read_from_keeps_its_bytes_mode_owner_and_times([ValueSource(nameof(Shapes))] string shape,
        [Values("run", "exec", "exec -d", "run -d")] string verb)
    {
        if (shape == "ordinary user" && verb.EndsWith("-d", StringComparison.Ordinal))
            Assert.Ignore("an ordinary user can clone no mount, and detached nobody carries what passes: it is the caller's file");
        using Runtime runtime = shape == "ordinary user" ? Runtime.CreateForUser() : Runtime.Create();
        string file = Path.Combine(runtime.Work, "input"), output = Path.Combine(runtime.Work, "output"),
            errors = Path.Combine(runtime.Work, "errors");
        File.WriteAllText(file, "first\nsecond\n");
        string before = Facts(runtime, file);
        bool detached = verb.EndsWith("-d", StringComparison.Ordinal);
        Run(runtime, shape, verb, detached ? "/dev/null" : output, detached ? "/dev/null" : errors, file);
        Assert.That(Facts(runtime, file), Is.EqualTo(before));
        Assert.That(File.ReadAllText(file), Is.EqualTo("first\nsecond\n"));
        if (!detached)
            Assert.That((File.ReadAllText(output), File.ReadAllText(errors)), Is.EqualTo(("first\n", "error\n")));
    }

    /// <summary>Both streams in one file, too: what was written first stands first.</summary>
    [Test]
    public void A_file_that_is_written_to_keeps_its_mode_and_owner([ValueSource(nameof(Shapes))] string shape,
        [Values("run", "exec")] string verb, [Values] bool inOne)
    {
        using Runtime runtime = shape == "ordinary user" ? Runtime.CreateForUser() : Runtime.Create();
        string file = Path.Combine(runtime.Work, "input"), output = Path.Combine(runtime.Work, "output"),
            errors = inOne ? output : Path.Combine(runtime.Work, "errors");
        foreach (string made in (string[])[file, output, errors])
            File.WriteAllText(made, made == file ? "first\n" : "");
        string before = Facts(runtime, output, times: false) + Facts(runtime, errors, times: false);
        Run(runtime, shape, verb, output, errors, file);
        Assert.That(Facts(runtime, output, times: false) + Facts(runtime, errors, times: false), Is.EqualTo(before));
        Assert.That(File.ReadAllText(output), Is.EqualTo(inOne ? "first\nerror\n" : "first\n"));
    }

    [TestCase("exec 3<$f; $rt run --bundle $b one <&3; cat "
        + "<&3", "first\nsecond\n", TestName = "The caller reads on where the process has stopped")]
    [TestCase("exec 3<$f; read line <&3; $rt run --bundle $b one "
        + "<&3", "second\n", TestName = "The process reads on where the caller has stopped")]
    [TestCase("echo old >$o; $rt run --bundle $b one <$f >>$o; cat "
        + "$o", "old\nfirst\n", TestName = "What is appended to keeps what is in it")]
    [TestCase("exec 3<$f; rm $f; $rt run --bundle $b one <&3", "first\n", TestName = "A file without a name is read all the same")]
    [TestCase("$rt run --bundle $b one </proc/self/mountinfo | grep -c "
        + ".", "1\n", TestName = "A file that the kernel makes up is read all the same")]
    [TestCase("$rt run --bundle $b one 0<>$f", "first\n", TestName = "A file that is open for both is read")]
    public void Redirections_mean_what_they_do_without_a_container(string script, string expected)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("read line; echo \"$line\"").Write();
        string file = Path.Combine(runtime.Work, "input");
        File.WriteAllText(file, "first\nsecond\n");
        Result result = runtime.Execute(["/bin/bash", "-c",
            $"f={file} o={runtime.Work}/o b={bundle.Path} rt='{string.Join(' ', runtime.Command())}'; {{ {script}; }} | cat"]);
        Assert.That(result.Output, Is.EqualTo(expected), result.Errors);
    }

    [TestCase("file", "a file")]
    [TestCase("link", "a symbolic link")]
    [TestCase("fifo", "a FIFO")]
    public void What_is_not_open_is_no_standard_stream(string what, string kind)
    {
        using Runtime runtime = Runtime.Create();
        string file = Path.Combine(runtime.Work, "x");
        runtime.Execute(["/bin/sh", "-c", what switch { "file" => ": >$1", "link" => "ln -s /etc/passwd $1", _ => "mkfifo $1" }, "sh",
            file]).Expect(0);
        using Fd path = Sys.OpenAt(Fd.Cwd, file, O_PATH | O_NOFOLLOW);
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        foreach (string[] command in (string[][])[["run", "--bundle", runtime.NewBundle("true").Path, Runtime.NewId()],
            ["exec", id, "true"]])
        {
            Sys.Dup2(path, 200); // inherited: dup2 clears close-on-exec
            Result result = runtime.Execute(["/bin/bash", "-c", "\"$@\" <&200", "sh", .. runtime.Command(command)]);
            result.ExpectError($"file descriptor 0 is {kind} that is not open", command[0] == "exec" ? 255 : 1);
        }
        Fd.Own(200).Dispose();
    }

    /// <summary>Of another mount namespace the kernel clones nothing, and detached nobody stays: the process reads a copy.</summary>
    [Test]
    public void Detached_one_of_another_mount_namespace_is_copied_and_a_large_one_refused(
        [Values("root", "no capabilities", "the same ids")] string shape, [Values("exec -d", "run -d")] string verb)
    {
        using Runtime runtime = Runtime.Create();
        string file = Path.Combine(runtime.Work, "input"), errors = Path.Combine(runtime.Work, "errors");
        File.WriteAllText(file, "first\nsecond\n");
        string before = Facts(runtime, file);
        Run(runtime, shape, verb, "/dev/null", errors, file, "/usr/bin/unshare", "--mount", "--propagation", "private");
        Assert.That((Facts(runtime, file), File.ReadAllText(file)), Is.EqualTo((before, "first\nsecond\n")));
        Assert.That(File.ReadAllText(errors), Is.EqualTo("error\n"));
        using (FileStream large = File.OpenWrite(file))
            large.SetLength((16 << 20) + 1);
        string id = Runtime.NewId(), bundle = runtime.NewBundle("true").Write().Path;
        Child.Start(["/usr/bin/unshare", "--mount", "--propagation", "private", .. runtime.Command("run", "-d", "--bundle", bundle, id)],
            "/dev/null", errors, input: file).Wait(TimeSpan.FromSeconds(20));
        Assert.That(File.ReadAllText(errors), Does.Contain("more than 16 MiB"));
        runtime.Run("state", id).Expect(1);
    }

    private static void Run(Runtime runtime, string shape, string verb, string output, string errors, string input, params string[] around)
    {
        Bundle bundle = runtime.NewBundle();
        File.WriteAllText(Path.Combine(bundle.Rootfs, "attack"), Attack);
        string tmp = Path.Combine(bundle.Rootfs, "tmp");
        File.SetUnixFileMode(tmp, (UnixFileMode)0x3FF);
        if (shape == "no capabilities")
            bundle.Process["capabilities"] = new JsonObject();
        if (shape == "other ids")
            bundle.MapsUsers();
        if (shape == "the same ids")
        {
            bundle.InNamespace("user");
            foreach (string name in new[] { "uidMappings", "gidMappings" })
                bundle.Linux[name] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = 0, ["size"] = 65536 });
        }
        bool isExec = verb.StartsWith("exec", StringComparison.Ordinal);
        bundle.Process["args"] = isExec ? new JsonArray("sleep", "1000") : new JsonArray("sh", "/attack");
        string id = Runtime.NewId();
        if (isExec)
            runtime.StartContainer(id, bundle);
        string pidFile = Path.Combine(runtime.Work, id + ".attack");
        string[] detached = verb.EndsWith("-d", StringComparison.Ordinal) ? ["-d", "--pid-file", pidFile] : [];
        string[] command = isExec ? ["exec", .. detached, id, "sh", "/attack"] : ["run", .. detached, "--bundle", bundle.Write().Path, id];
        Assert.That(Child.Start([.. around, .. runtime.Command(command)], output, errors, input: input).Wait(TimeSpan.FromSeconds(20)),
            Is.Zero, errors == "/dev/null" ? "" : File.ReadAllText(errors));
        Eventually.Holds(() => File.Exists(Path.Combine(tmp, "done")), "the attack ran to its end");
        if (detached.Length > 0)
            Child.Reap(int.Parse(File.ReadAllText(pidFile), System.Globalization.CultureInfo.InvariantCulture)); // the orphan is ours
    }

    private static string Facts(Runtime runtime, string file, bool times = true)
        => runtime.Execute(["/usr/bin/stat", "-c", times ? "%a %u:%g %s %y %n" : "%a %u:%g %n", file]).Expect(0).Output;
}
