using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks.Reporting;

/// <summary>What every section measures with.</summary>
internal sealed record Setting(Options Options, Effort Effort, Host Host, Bundle Bundle, Sleepers Sleepers)
{
    /// <summary>Every runtime once more, with samples and states of its own.</summary>
    public Field NewField(string section)
    {
        Bundle.Linux["cgroupsPath"] = Host.Cgroup + "/container";
        Bundle.Write();
        return new Field(Candidate.Each(Options, Host, Bundle, section + "-"));
    }

    /// <summary>Bundles for containers that live at the same time: a cgroup each, one root file system.</summary>
    public IReadOnlyList<string> Bundles(int count)
    {
        JsonObject config = (JsonObject)Bundle.Config.DeepClone();
        config["root"]!["path"] = Bundle.Rootfs;
        List<string> directories = [];
        for (int i = 0; i < count; i++)
        {
            string name = "lane-" + i.ToString(CultureInfo.InvariantCulture), directory = Path.Combine(Host.Work, name);
            config["linux"]!["cgroupsPath"] = $"{Host.Cgroup}/{name}";
            Directory.CreateDirectory(directory);
            File.WriteAllText(Path.Combine(directory, "config.json"), config.ToJsonString());
            directories.Add(directory);
        }
        return directories;
    }
}
