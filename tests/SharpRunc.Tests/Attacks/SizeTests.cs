using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>CVE-2021-43784: what is large is applied exactly or refused in words.</summary>
internal sealed class SizeTests
{
    [TestCase(4096)]
    [TestCase(65537)]
    public void A_path_that_is_too_long_is_refused(int length)
    {
        using Runtime runtime = Runtime.Create();
        string path = "/" + new string('a', length);
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["namespaces"]![1]!["path"] = path;
        bundle.Write();
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError("cannot open the namespace");
        foreach (string destination in new[] { path, "/tmp" + path })
        {
            bundle = runtime.NewBundle("true").WithMount(destination, "tmpfs", "tmpfs");
            runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError("file name too long");
        }
        runtime.Run("run", "--bundle", runtime.NewBundle("true").WithMount("/tmp", "bind", path, "bind").Path, Runtime.NewId())
            .ExpectError("file name too long");
        runtime.Run("run", "--bundle", runtime.NewBundle("true").WithCwd(path).Path, Runtime.NewId()).ExpectError("file name too long");
        runtime.Run("run", "--bundle", runtime.NewBundle(path).Path, Runtime.NewId()).ExpectError("file name too long");
    }

    [TestCase(70_000)]
    [TestCase(131_000)]
    public void A_large_environment_arrives_whole(int length)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c", "echo ${#LARGE}");
        ((JsonArray)bundle.Process["env"]!).Add("LARGE=" + new string('x', length));
        bundle.Write();
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output, Is.EqualTo($"{length}\n"));
    }

    [Test]
    public void An_environment_that_the_kernel_refuses_is_an_error_of_start()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        ((JsonArray)bundle.Process["env"]!).Add("LARGE=" + new string('x', 200_000));
        bundle.Write();
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError("argument list too long");
    }

    [Test]
    public void Five_thousand_mounts_are_mounted()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c", "grep -c ' /mnt/[0-9]* ' /proc/self/mountinfo");
        for (int i = 0; i < 5000; i++)
            bundle.Mounts.Add(new JsonObject { ["destination"] = $"/mnt/{i}", ["type"] = "tmpfs", ["source"] = "tmpfs" });
        bundle.WithoutMounts("/sys");
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output, Is.EqualTo("5000\n"));
    }

    [TestCase(340, true)]
    [TestCase(341, false)]
    [TestCase(4096, false)]
    public void As_many_mappings_as_the_kernel_takes(int count, bool taken)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c", "cat /proc/self/uid_map | wc -l").WithUserNamespace();
        foreach (string key in new[] { "uidMappings", "gidMappings" })
        {
            JsonArray mappings = [];
            // Short lines: all of them must fit into one write of a page.
            for (int i = 0; i < count; i++)
                mappings.Add(new JsonObject { ["containerID"] = i, ["hostID"] = 1000 + i, ["size"] = 1 });
            bundle.Linux[key] = mappings;
        }
        bundle.Write();
        Result result = runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId());
        if (taken)
            Assert.That(result.Expect(0).Output.Trim(), Is.EqualTo(count.ToString(CultureInfo.InvariantCulture)));
        else
            result.ExpectError("the kernel accepts at most 340 mappings");
    }

    [Test]
    public void A_mebibyte_of_seccomp_rules_is_taken_or_refused_in_words()
    {
        using Runtime runtime = Runtime.Create();
        StringBuilder rules = new();
        for (int i = 0; rules.Length < 1 << 20; i++)
            rules.Append(CultureInfo.InvariantCulture,
                $$"""{{(i == 0 ? "" : ",")}}{ "names": ["personality"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 0, "value": {{1000 + i}}, "op": "SCMP_CMP_EQ" }] }""");
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["seccomp"] = JsonNode.Parse($$"""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{{rules}}] }""");
        bundle.Write();
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Ran();
    }

    /// <summary>The same sizes are applied or refused as by runc, whose words for it are its own.</summary>
    [TestCase("environment", 70_000)]
    [TestCase("environment", 131_000)]
    [TestCase("environment", 200_000)]
    [TestCase("namespace", 65_537)]
    [TestCase("mappings", 341)]
    [TestCase("mappings", 4096)]
    public void What_runc_takes_is_taken_and_what_it_refuses_is_refused(string what, int size)
    {
        const string runc = "/usr/sbin/runc";
        if (!File.Exists(runc))
            Assert.Ignore("runc is not installed");
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c", "echo ${#LARGE}");
        if (what == "environment")
            ((JsonArray)bundle.Process["env"]!).Add("LARGE=" + new string('x', size));
        else if (what == "namespace")
            bundle.Linux["namespaces"]![1]!["path"] = "/" + new string('a', size);
        else
            bundle.WithUserNamespace();
        if (what == "mappings")
            foreach (string key in new[] { "uidMappings", "gidMappings" })
            {
                JsonArray mappings = [];
                for (int i = 0; i < size; i++)
                    mappings.Add(new JsonObject { ["containerID"] = i, ["hostID"] = 1000 + i, ["size"] = 1 });
                bundle.Linux[key] = mappings;
            }
        Result ours = runtime.RunBundle(bundle),
            theirs = runtime.Execute([runc, "--root", Path.Combine(runtime.Work, "runc"), "run", "--bundle", bundle.Path, Runtime.NewId()]);
        Assert.That((ours.ExitCode == 0, ours.Output), Is.EqualTo((theirs.ExitCode == 0, theirs.Output)), ours.Errors + theirs.Errors);
    }

    [Test]
    public void A_config_beyond_sixteen_mebibytes_is_refused()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        File.AppendAllText(bundle.ConfigFile, new string(' ', 17 << 20));
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError("config.json");
    }
}
