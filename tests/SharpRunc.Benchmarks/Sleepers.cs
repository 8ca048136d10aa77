using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks;

/// <summary>Containers that sleep: one bundle, a cgroup each.</summary>
internal sealed class Sleepers(Bundle bundle, Host host)
{
    public string Start(Candidate candidate, string id)
    {
        bundle.Linux["cgroupsPath"] = $"{host.Cgroup}/{id}";
        candidate.Sleep(id, bundle.Write());
        return id;
    }

    /// <summary>
    /// Proportional set size, KiB, of all that is there because a container sleeps: its process, and any that its runtime leaves.
    /// </summary>
    public void Weigh(Candidate candidate)
    {
        HashSet<int> before = [.. Processes.Descendants()];
        string id = Start(candidate, candidate.Name + "-weighed");
        Thread.Sleep(100); // the program has then started, and who should be gone is gone
        double sum = 0;
        foreach (int process in Processes.Descendants())
            if (!before.Contains(process))
                sum += Processes.Pss(process.ToString(CultureInfo.InvariantCulture));
        candidate["sleeper PSS"].Add(sum);
        candidate.Remove(id);
    }
}
