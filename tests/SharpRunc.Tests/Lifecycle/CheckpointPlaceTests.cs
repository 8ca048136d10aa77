using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>Namespaces, mounts and cgroups of a container that is restored.</summary>
internal sealed class CheckpointPlaceTests
{
    [Test]
    public void A_network_namespace_that_is_somebody_elses_stays_the_same()
    {
        using CriuRuntime criu = new();
        string path = $"/proc/{criu.Runtime.Sleeper()}/ns/net";
        Bundle bundle = criu.NewBundle().InNamespace("network", path);
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        criu.Restore(id, bundle).Expect(0);
        Assert.That(File.ResolveLinkTarget($"/proc/{criu.Runtime.Pid(id)}/ns/net", false)!.Name,
            Is.EqualTo(File.ResolveLinkTarget(path, false)!.Name));
    }

    [Test]
    public void Namespaces_by_path_are_joined_again()
    {
        using CriuRuntime criu = new();
        int other = criu.Runtime.Sleeper();
        Bundle bundle = criu.NewBundle().InNamespace("ipc", $"/proc/{other}/ns/ipc").InNamespace("uts", $"/proc/{other}/ns/uts");
        bundle.Config.Remove("hostname");
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        criu.Restore(id, bundle).Expect(0);
        foreach (string type in new[] { "ipc", "uts" })
            Assert.That(File.ResolveLinkTarget($"/proc/{criu.Runtime.Pid(id)}/ns/{type}", false)!.Name,
                Is.EqualTo(File.ResolveLinkTarget($"/proc/{other}/ns/{type}", false)!.Name));
    }

    [Test]
    public void Bind_mounts_are_bound_again_also_where_links_lead_and_places_are_missing()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string outer = Directory.CreateDirectory(Path.Combine(criu.Runtime.Work, "outer")).FullName,
            inner = Directory.CreateDirectory(Path.Combine(criu.Runtime.Work, "inner")).FullName;
        File.WriteAllText(Path.Combine(inner, "file"), "inner");
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "link"), "/real/place");
        bundle.Mounting("/link", "bind", Path.Combine(inner, "file"), "bind").Mounting("/outer", "bind", outer, "rbind", "rw")
            .Mounting("/outer/for/inner", "bind", inner, "bind", "ro");
        string id = criu.Start(bundle);
        string[] mounts = CriuRuntime.Mounts(criu.Runtime.Pid(id));
        criu.Checkpoint(id).Expect(0);
        Directory.Delete(Path.Combine(outer, "for"), recursive: true);
        Directory.Delete(Path.Combine(bundle.Rootfs, "outer"));
        criu.Restore(id, bundle).Expect(0);
        Assert.That(CriuRuntime.Mounts(criu.Runtime.Pid(id)), Is.EqualTo(mounts));
        Assert.That(criu.Runtime.Run("exec", id, "sh", "-c", "cat /link /outer/for/inner/file; touch /outer/for/inner/x 2>/dev/null || "
            + "echo ' read-only'").Expect(0).Output, Is.EqualTo("innerinner read-only\n"));
    }

    [TestCase("private")]
    [TestCase("shared")]
    public void Nothing_of_it_appears_on_the_host(string propagation)
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        bundle.Mounting("/mnt", "bind", criu.Runtime.Work, "rbind").Mounting("/sys/fs/cgroup", "cgroup", "cgroup", "ro");
        string id = Runtime.NewId();
        string script =
            $"set -e; cat /proc/self/mountinfo >{criu.Runtime.Work}/before; {criu.Command} run -d -b {bundle.Write().Path} {id}; {criu.Command} checkpoint --image-path {criu.Images} {id}; "
            + $"{criu.Command} --log {criu.Runtime.Work}/restore restore -d "
            + $"-b {bundle.Path} --image-path {criu.Images} {id}; cat /proc/self/mountinfo >{criu.Runtime.Work}/after; {criu.Command} delete -f {id}";
        criu.Runtime.Execute(["/usr/bin/unshare", "--mount", "--propagation", propagation, "/bin/sh", "-c",
            $"exec >/dev/null 2>&1; {script}"]).Expect(0);
        Assert.That(File.ReadAllText(Path.Combine(criu.Runtime.Work, "after")),
            Is.EqualTo(File.ReadAllText(Path.Combine(criu.Runtime.Work, "before"))));
    }

    [Test]
    public void A_user_namespace_is_restored()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("i=0; while :; do i=$((i+1)); echo $i >/dev/shm/count; sleep 0.05; done").MapsUsers();
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        criu.Restore(id, bundle).Expect(0);
        Assert.That(File.ReadAllText($"/proc/{criu.Runtime.Pid(id)}/uid_map"), Does.Contain("100000"));
    }

    [Test]
    public void A_cgroup_namespace_and_mount_show_the_containers_own_cgroup()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle().InNamespace("cgroup")
            .Mounting("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "ro");
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        bundle.Linux["cgroupsPath"] = $"/{criu.Runtime.CgroupName}/another";
        criu.Restore(id, bundle.Write()).Expect(0);
        foreach (string line in File.ReadAllLines($"/proc/{criu.Runtime.Pid(id)}/cgroup"))
            Assert.That(line, Does.EndWith($"/{criu.Runtime.CgroupName}/another"));
        Assert.That(criu.Runtime.Run("exec", id, "cat", "/sys/fs/cgroup/pids/cgroup.procs", "/sys/fs/cgroup/cgroup.procs").Output,
            Does.StartWith("1\n"));
    }

    /// <summary>The cgroup namespace is criu's to make, with the cgroups that it is told to ignore.</summary>
    [Test]
    public void Ignored_cgroups_bring_no_cgroup_namespace_back()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        ((JsonArray)bundle.Linux["namespaces"]!).Add((JsonNode)new JsonObject { ["type"] = "cgroup" });
        string id = criu.Start(bundle.Write());
        criu.Checkpoint(id, "--manage-cgroups-mode", "ignore").Expect(0);
        criu.Restore(id, bundle, "--manage-cgroups-mode", "ignore").Expect(0);
        Assert.That(criu.Runtime.Run("exec", id, "true").ExitCode, Is.Zero);
    }
}
