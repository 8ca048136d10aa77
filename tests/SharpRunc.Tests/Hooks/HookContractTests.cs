using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Hooks;

/// <summary>What a hook finds when it begins: as runc 1.3's do, where the specification is silent.</summary>
internal sealed class HookContractTests
{
    /// <summary>One line a fact; what is looked at is the shell's own.</summary>
    private const string Script = """
        #!/bin/sh
        {
        echo "cwd $(readlink /proc/self/cwd)"
        echo "umask $(umask)"
        echo "input $(head -c 1)"
        read -r stat </proc/self/stat
        stat=${stat##*) }
        echo "group $(echo $stat | cut -d' ' -f3-4)"
        fds=; for f in /proc/$$/fd/*; do case ${f##*/} in 0|1|2|1?|255) ;; *) test -e $f && fds="$fds ${f##*/}";; esac; done
        echo "fds$fds"
        if test -r /proc/$$/status; then
        sed -n 's/^\(Uid\|Groups\|SigBlk\|SigIgn\|NoNewPrivs\):[[:space:]]*/\1 /p' /proc/$$/status | tr '\t' ' ' | sed 's/ *$//'
        fi
        echo "env $X"
        echo "caller $CALLER"
        echo "process $PROCESS"
        } >"$1"
        """;

    /// <param name="cwd">Of the bundle, <c>rootfs</c> in it, the caller (/usr), or the process (/tmp).</param>
    /// <param name="inherits">Whose environment is there where the hook has none.</param>
    [TestCase("prestart", "bundle", "caller")]
    [TestCase("createRuntime", "bundle", "caller")]
    [TestCase("createContainer", "rootfs", "nobody")]
    [TestCase("startContainer", "process", "process")]
    [TestCase("poststart", "bundle", "caller")]
    [TestCase("poststop", "caller", "caller")]
    public void A_hook_begins_with(string kind, string cwd, string inherits)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bool inside = kind == "startContainer";
        string script = inside ? Path.Combine(bundle.Rootfs, "bin/hook") : Path.Combine(runtime.Work, "hook");
        File.WriteAllText(script, Script);
        File.SetUnixFileMode(script, (UnixFileMode)0x1ED);
        JsonArray hooks = [];
        string seen = inside ? "/tmp/seen" : Path.Combine(runtime.Work, "seen");
        foreach (string? env in new[] { null, "X=1" })
        {
            JsonObject hook = new() { ["path"] = inside ? "/bin/hook" : script, ["args"] = new JsonArray("hook", seen + hooks.Count) };
            if (env is not null)
                hook["env"] = new JsonArray("PATH=/usr/bin:/bin", env);
            hooks.Add((JsonNode)hook);
        }
        bundle.Config["hooks"] = new JsonObject { [kind] = hooks };
        bundle.Process["cwd"] = "/tmp";
        bundle.Process["env"] = new JsonArray("PATH=/bin", "PROCESS=yes");
        bundle.Process["user"] = new JsonObject { ["uid"] = 1000, ["gid"] = 1000, ["additionalGids"] = new JsonArray(7), ["umask"] = 23 };
        ((JsonObject)bundle.Config["root"]!)["readonly"] = false;
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "tmp"));
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "tmp"), (UnixFileMode)0x3FF);
        bundle.Write();
        string id = Runtime.NewId();
        string called = Path.Combine(runtime.Work, "called");
        // Signals that the caller ignores, and what it has open, reach no hook.
        Result Caller(params string[] arguments)
            => runtime.Execute(["/bin/bash", "-c", "umask 026; trap '' USR1; export "
                + "CALLED=" + called + arguments[0]
                + " CALLER=yes PATH=/usr/bin:/bin; cd /usr; read -r stat </proc/self/stat; echo ${stat##*) } >$CALLED; exec \"$@\" "
                + "7</etc/passwd", "bash", .. runtime.Command(arguments)]);
        Caller("create", "--bundle", bundle.Path, id).Expect(0);
        Caller("start", id).Expect(0);
        Caller("delete", "--force", id).Expect(0);

        bool isRoot = !inside;
        for (int i = 0; i < 2; i++)
        {
            string[] facts = File.ReadAllLines(inside ? Path.Combine(bundle.Rootfs, $"tmp/seen{i}") : seen + i);
            List<string> expected =
            [
                "cwd " + cwd switch { "bundle" => bundle.Path, "rootfs" => bundle.Rootfs, "caller" => "/usr", _ => "/tmp" },
                isRoot ? "umask 0026" : "umask 0027", "input {", "fds",
                $"env {(i == 0 ? "" : "1")}".TrimEnd(), $"caller {(i == 0 && inherits == "caller" ? "yes" : "")}".TrimEnd(),
                    $"process {(i == 0 && inherits == "process" ? "yes" : "")}".TrimEnd(),
            ];
            // busybox's shell ignores QUIT by itself.
            // Process group and session: the caller's outside, the init's inside.
            string group = File.ReadAllText(called + kind switch { "poststart" => "start", "poststop" => "delete", _ => "create" })
                .Split(' ') is [_, _, var itsGroup, var itsSession, ..] ? $"group {itsGroup} {itsSession}" : "";
            if (kind == "createContainer")
                Assert.That(facts, Has.Some.Match("^group ([0-9]+) \\1$").And.None.EqualTo(group), "a session of the container's own");
            else
                expected.Add(inside ? "group 1 1" : group);
            if (kind != "createContainer") // its /proc is the host's, and its pid the container's
                expected.AddRange([isRoot ? "Uid 0 0 0 0" : "Uid 1000 1000 1000 1000", isRoot ? "Groups" : "Groups 7",
                    "SigBlk 0000000000000000", inside ? "SigIgn 0000000000000004" : "SigIgn 0000000000000000",
                        isRoot ? "NoNewPrivs 0" : "NoNewPrivs 1"]);
            Assert.That(Array.ConvertAll(facts, fact => fact.TrimEnd()), Is.SupersetOf(expected),
                $"{kind} {i}: {string.Join('\n', facts)}");
        }
    }
}
