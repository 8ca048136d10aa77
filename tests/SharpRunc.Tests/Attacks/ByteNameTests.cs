using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>Names are bytes: what is not UTF-8 reaches the kernel, the container and state.json as it was.</summary>
internal sealed class ByteNameTests
{
    private const string Latin = "caf\\351", Hex = "636166e9";

    /// <summary>A bash script with <c>$rt</c> for the runtime and its root, and <c>$n</c> for the name.</summary>
    private static Result Bash(Runtime runtime, string script)
        => runtime.Execute(
            ["/bin/bash", "-c",
                $"export LC_ALL=C n=$'{Latin}'; rt() {{ '{runtime.Program}' \"$@\"; }}; root='{runtime.Root}'; cd '{runtime.Work}' || exit 9; {script}"]);

    [Test]
    public void Paths_on_the_command_line_are_the_callers_bytes()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        // The bundle, its root, the state root, the log and the pid file: state.json has them for start, state, exec and delete.
        Result result = Bash(runtime, $$"""
            cp -a '{{bundle.Path}}' "$n.bundle" && mkdir "$n.state"
            all="--root $n.state --log $n.log"
            rt $all create --bundle "$n.bundle" --pid-file "$n.pid" {{id}} </dev/null >/dev/null 2>&1 || { cat *.log; exit 1; }
            test -s "$n.pid" -a -e "$n.log" -a -d "$n.state/{{id}}" || exit 2
            rt $all start {{id}} && rt $all exec {{id}} true && rt $all state {{id}} | grep -ac 'caf\uFFFD\|'$'caf\357\277\275'
            rt $all list | grep -ac 'caf\\xe9'
            rt $all delete -f {{id}} && ls -A "$n.state" | wc -l
            rm -rf "$n".*
            """);
        Assert.That(result.Expect(0).Output, Is.EqualTo("2\n1\n0\n"),
            "bundle and rootfs of the state, the row of the list, and nothing left");
    }

    [Test]
    public void Arguments_environment_and_directory_of_an_exec_are_the_callers_bytes()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        Bash(runtime, $"mkdir '{bundle.Rootfs}/'$n").Expect(0);
        runtime.StartContainer(id, bundle);
        Result result =
            Bash(runtime,
                $$"""rt --root $root exec --cwd "/$n" --env "V=$n" {{id}} sh -c 'printf %s "$1" "$V" "$(pwd)" | od -An -v -tx1 | tr -d " \n"' sh "$n" </dev/null""");
        Bash(runtime, $"rmdir '{bundle.Rootfs}/'$n").Expect(0); // .NET cannot name it
        Assert.That(result.Expect(0).Output, Is.EqualTo($"{Hex}{Hex}2f{Hex}"));
    }

    [Test]
    public void A_hook_inherits_the_callers_environment_byte_for_byte()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Config["hooks"] =
            new JsonObject
            {
                ["createRuntime"] = new JsonArray(new JsonObject
                {
                    ["path"] = "/bin/sh",
                    ["args"] = new JsonArray("sh", "-c", $"printf %s \"$V\" | od -An -v -tx1 >{runtime.Work}/seen")
                })
            };
        bundle.Write();
        Bash(runtime, $"export V=$n; rt --root $root run --bundle '{bundle.Path}' {Runtime.NewId()} </dev/null").Expect(0);
        Assert.That(File.ReadAllText(Path.Combine(runtime.Work, "seen")).Replace(" ", "").Trim(), Is.EqualTo(Hex));
    }

    [Test]
    public void The_runtime_directory_of_a_user_and_the_notify_socket_are_bytes()
    {
        using Runtime runtime = Runtime.Create();
        Result result = Bash(runtime, "mkdir $n; NOTIFY_SOCKET=$PWD/$n/none rt --root $root list; env -i XDG_RUNTIME_DIR=$PWD/$n setpriv "
            + "--reuid 65534 --regid 65534 --clear-groups '" + runtime.Program + "' --log-format json list; rm -r $n");
        Assert.That(result.Errors, Does.Not.Contain("internal error"));
    }

    [Test]
    public void Tmpcopyup_copies_names_and_targets_byte_for_byte([Values] bool userNamespace)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle()
            .Says("cd /s && readlink -n link | od -An -v -tx1 | tr -d ' \\n'; for f in d/*; do printf ' %s' \"$f\"; cat \"$f\"; done | od "
                + "-An -v -tx1 | tr -d ' \\n'");
        Bash(runtime, $"cd '{bundle.Rootfs}' && mkdir -p s/d && ln -s \"/$n\" s/link && printf x >s/d/$n && printf y "
            + $">s/d/$'a\\302\\205b\\nc'").Expect(0);
        if (userNamespace)
            bundle.MapsUsers();
        bundle.Mounting("/s", "tmpfs", "tmpfs", "tmpcopyup");
        Result result = runtime.RunBundle(bundle);
        Bash(runtime, $"rm -r '{bundle.Rootfs}/s'").Expect(0); // .NET cannot name what is there
        Assert.That(result.Expect(0).Output, Is.EqualTo($"2f{Hex}20642f61c285620a637920642f{Hex}78"));
    }

    [TestCase("\\udce9")]
    [TestCase("a\\udc80b")]
    [TestCase("\\ud83d")]
    public void Json_brings_no_byte_that_is_not_UTF_8(string text)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("echo", "@@");
        bundle.Write(File.ReadAllText(bundle.ConfigFile).Replace("@@", text));
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError("half of a surrogate pair");
    }
}
