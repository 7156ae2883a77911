"""Makes services/cost/prices/us-east-1.csv. Needs the `go` command and pip; run from the repository's root:

    python3 tools/prices/make_prices.py > services/cost/prices/us-east-1.csv

On-demand list prices come from Karpenter's AWS provider (it carries the price list with the day it was read),
vCPU, memory and GPUs from moto's copy of DescribeInstanceTypes. Types that moto no longer carries are in
retired-types.csv, from their EC2 instance type pages.
"""

import csv
import gzip
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from datetime import date
from pathlib import Path

REGION = "us-east-1"
KARPENTER = "github.com/aws/karpenter-provider-aws@v1.14.1"
MOTO = "moto==5.2.5"
COLUMNS = ["kind", "type", "region", "purchase", "usd", "unit", "vcpu", "memory_gib", "gpu", "valid_from", "source"]

# Public list prices of us-east-1 that do not depend on an instance type. io1 and io2 are left out: their IOPS are billed too.
OTHER_METERS = [
    ("volume", "gp3", "0.08", "USD/GiB-month", "EBS price list us-east-1"),
    ("volume", "gp2", "0.1", "USD/GiB-month", "EBS price list us-east-1"),
    ("volume", "st1", "0.045", "USD/GiB-month", "EBS price list us-east-1"),
    ("volume", "sc1", "0.015", "USD/GiB-month", "EBS price list us-east-1"),
    ("load-balancer", "standard", "0.0225", "USD/hour", "Elastic Load Balancing price list us-east-1 (ALB and NLB hour)"),
    ("nat-gateway", "standard", "0.045", "USD/hour", "VPC price list us-east-1"),
]

# Only the ratio of the weights matters: they are scaled until the parts of a node sum to its price.
WEIGHTS = [("vcpu", "0.031611"), ("memory", "0.004237"), ("gpu", "0.95")]


def main():
    valid_from, prices = on_demand_prices()
    shapes = instance_shapes()
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(COLUMNS)
    for name, usd in WEIGHTS:
        out.writerow(["weight", name, "*", "", usd, f"USD/{name}-hour", "", "", "", "2019-01-01", "OpenCost default rates (configs/default.json)"])
    for kind, name, usd, unit, source in OTHER_METERS:
        out.writerow([kind, name, REGION, "", usd, unit, "", "", "", valid_from, source])
    for name in sorted(prices):
        vcpu, memory, gpu, shape_source = shapes[name]
        source = f"karpenter-provider-aws {KARPENTER.split('@')[1]} + {shape_source}"
        out.writerow(["instance", name, REGION, "on-demand", prices[name], "USD/hour", vcpu, memory, gpu, valid_from, source])


def on_demand_prices():
    answer = json.loads(subprocess.check_output(["go", "mod", "download", "-json", KARPENTER], cwd=tempfile.gettempdir()))
    text = (Path(answer["Dir"]) / "pkg/providers/pricing/zz_generated.pricing_aws.go").read_text()
    generated = re.search(rf"generated at (\S+)T\S+ for {REGION}", text).group(1)
    date.fromisoformat(generated)
    section = text.split(f'"{REGION}": {{', 1)[1].split("\n\t},", 1)[0]
    pairs = re.findall(r'"([a-z0-9.-]+)":\s*([0-9.]+)', section)
    return generated, {name: number(float(usd)) for name, usd in pairs}


def instance_shapes():
    shapes = {}
    here = Path(__file__).parent
    for row in csv.DictReader((here / "retired-types.csv").open()):
        shapes[row["type"]] = (row["vcpu"], row["memory_gib"], row["gpu"], "EC2 instance type page")
    for name, entry in moto_instance_types().items():
        gpus = entry.get("GpuInfo", {}).get("Gpus", [])
        # A type that owns a slice of a GPU still shows Kubernetes whole logical GPUs.
        gpu = sum(g.get("LogicalGpuCount") or g.get("Count", 0) for g in gpus)
        memory = number(entry["MemoryInfo"]["SizeInMiB"] / 1024)
        shapes[name] = (entry["VCpuInfo"]["DefaultVCpus"], memory, gpu, MOTO.replace("==", " "))
    return shapes


def moto_instance_types():
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, MOTO]
        subprocess.check_call(command, stdout=sys.stderr)
        wheel = next(Path(folder).glob("*.whl"))
        packed = zipfile.ZipFile(wheel).read("moto/ec2/resources/instance_types.json.gz")
    return json.load(gzip.open(io.BytesIO(packed)))


def number(value):
    return f"{value:.6f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    main()
