"""Joint distributions that sample and know their own mutual information, and maps that keep it.

>>> from mitk.distributions import Gaussian, Mapped, half_cube
>>> law = Mapped(Gaussian.bivariate(0.75), half_cube(), half_cube())
>>> law.name, round(law.mutual_information, 6)
('half_cube-1v1-normal-0.75', 0.413339)
>>> x, y = law.sample(1000, seed=0)
"""

from mitk.distributions.base import Distribution as Distribution
from mitk.distributions.discrete import Quantised as Quantised
from mitk.distributions.discrete import RareEvent as RareEvent
from mitk.distributions.discrete import Table as Table
from mitk.distributions.elliptical import Elliptical as Elliptical
from mitk.distributions.elliptical import Student as Student
from mitk.distributions.embeddings import AppendConstant as AppendConstant
from mitk.distributions.embeddings import AppendNoise as AppendNoise
from mitk.distributions.embeddings import Duplicate as Duplicate
from mitk.distributions.embeddings import RandomEmbedding as RandomEmbedding
from mitk.distributions.gaussian import Gaussian as Gaussian
from mitk.distributions.gaussian import GaussianPairs as GaussianPairs
from mitk.distributions.images import DigitImages as DigitImages
from mitk.distributions.images import GaussianPlate as GaussianPlate
from mitk.distributions.images import Rectangle as Rectangle
from mitk.distributions.images import gaussian_field as gaussian_field
from mitk.distributions.images import plates as plates
from mitk.distributions.images import rectangles as rectangles
from mitk.distributions.independent import Independent as Independent
from mitk.distributions.independent import Product as Product
from mitk.distributions.inliers import Erased as Erased
from mitk.distributions.inliers import Inliers as Inliers
from mitk.distributions.maps import Chain as Chain
from mitk.distributions.maps import Linear as Linear
from mitk.distributions.maps import Map as Map
from mitk.distributions.maps import Mapped as Mapped
from mitk.distributions.maps import Rotation as Rotation
from mitk.distributions.maps import Spiral as Spiral
from mitk.distributions.maps import SwissRoll as SwissRoll
from mitk.distributions.mixed import HalfDiscrete as HalfDiscrete
from mitk.distributions.mixed import LabelledMixture as LabelledMixture
from mitk.distributions.mixed import RoundedGaussian as RoundedGaussian
from mitk.distributions.mixed import ZeroInflatedPoisson as ZeroInflatedPoisson
from mitk.distributions.mixed import binary_label as binary_label
from mitk.distributions.mixtures import GaussianMixture as GaussianMixture
from mitk.distributions.mixtures import StudentMixture as StudentMixture
from mitk.distributions.monotone import Asinh as Asinh
from mitk.distributions.monotone import Bimodal as Bimodal
from mitk.distributions.monotone import Exp as Exp
from mitk.distributions.monotone import NormalCDF as NormalCDF
from mitk.distributions.monotone import Power as Power
from mitk.distributions.monotone import WigglyX as WigglyX
from mitk.distributions.monotone import WigglyY as WigglyY
from mitk.distributions.monotone import half_cube as half_cube
from mitk.distributions.positive import LogGammaExponential as LogGammaExponential
from mitk.distributions.rotational import NoisyDirection as NoisyDirection
from mitk.distributions.rotational import UniformBall as UniformBall
from mitk.distributions.series import BinarySeries as BinarySeries
from mitk.distributions.series import LinearSeries as LinearSeries
from mitk.distributions.shapes import Concentric as Concentric
from mitk.distributions.shapes import Wave as Wave
from mitk.distributions.shapes import ai as ai
from mitk.distributions.shapes import concentric as concentric
from mitk.distributions.shapes import four_balls as four_balls
from mitk.distributions.shapes import galaxy as galaxy
from mitk.distributions.shapes import u_shape as u_shape
from mitk.distributions.shapes import waves as waves
from mitk.distributions.shapes import with_outliers as with_outliers
from mitk.distributions.shapes import x_shape as x_shape
from mitk.distributions.tasks import bmi_names as bmi_names
from mitk.distributions.tasks import bmi_task as bmi_task
from mitk.distributions.uniform import AdditiveUniform as AdditiveUniform
from mitk.distributions.uniform import SmoothedDiscreteUniform as SmoothedDiscreteUniform
from mitk.distributions.uniform import correlated_uniform as correlated_uniform
from mitk.distributions.uniform import smoothed_uniform as smoothed_uniform
